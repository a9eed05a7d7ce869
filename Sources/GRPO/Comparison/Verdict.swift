/// What the measurement says about a sentence.
package enum Verdict: String, Sendable, Equatable {
    case supported
    case notSupported = "not supported"
    /// Intervals overlap, forms disagree, or it was not measured.
    case undecided

    /// `true` supports a sentence, `false` speaks against it.
    init(_ isSo: Bool?) {
        self = isSo.map { $0 ? .supported : .notSupported } ?? .undecided
    }

    /// The verdict on a sentence of several parts: one, if it is that of every part.
    static func agreeing(_ parts: [Verdict]) -> Verdict {
        guard let first = parts.first, parts.allSatisfy({ $0 == first }) else { return .undecided }
        return first
    }

    /// The verdict on "this and that": one part against it is enough.
    static func conjunction(_ parts: [Verdict]) -> Verdict {
        parts.contains(.notSupported) ? .notSupported : agreeing(parts)
    }
}

/// A claim beside its evidence.
package struct Finding: Sendable, Equatable {
    /// The claim.
    package let claim: Claim
    package let verdict: Verdict
    /// One or two sentences with the numbers.
    package let evidence: String
}

/// A claim of the article "Understanding GRPO" that can be measured.
package enum Claim: Sendable, CaseIterable {
    case twoNetworks
    case instability
    case cost
    case valueErrors
    case nothingLearned
    case relativeScale
    case promptDifficulty
    case moreExperiments
    case simplerLoop
    case severalCompletions

    /// The claim in a sentence.
    package var sentence: String {
        switch self {
        case .twoNetworks: "PPO trains two networks, the policy and a value network."
        case .instability: "Two objectives at once make training unstable."
        case .cost: "The second network costs memory and compute."
        case .valueErrors: "The value network’s errors corrupt the policy’s updates."
        case .nothingLearned: "GRPO’s baseline has no learned part."
        case .relativeScale: "The scale of the advantage is always relative to the group."
        case .promptDifficulty:
            "Comparing within a group controls for the difficulty of the prompt."
        case .moreExperiments: "GRPO allows more experiments for the same compute."
        case .simplerLoop: "There is no value head to initialise, and the loop is simpler."
        case .severalCompletions: "The price is several completions for each prompt."
        }
    }

    /// What `result` says about the sentence.
    package func finding(in result: Comparison) -> Finding {
        let (verdict, evidence): (Verdict, String) =
            switch self {
            case .twoNetworks: Claims.twoNetworks(result)
            case .instability: Claims.instability(result)
            case .cost: Claims.cost(result)
            case .valueErrors: Claims.valueErrors(result)
            case .nothingLearned: Claims.nothingLearned(result)
            case .relativeScale: Claims.relativeScale(result)
            case .promptDifficulty: Claims.promptDifficulty(result)
            case .moreExperiments: Claims.moreExperiments(result)
            case .simplerLoop: Claims.simplerLoop(result)
            case .severalCompletions: Claims.severalCompletions(result)
            }
        return Finding(claim: self, verdict: verdict, evidence: evidence)
    }
}
