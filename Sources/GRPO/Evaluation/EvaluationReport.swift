/// What an evaluation found; a completion is solved where the first reward is at least 1.
public struct EvaluationReport: Sendable, Equatable {
    /// A number and its 95 % interval.
    public struct Measure: Sendable, Equatable {
        /// What it is a number of.
        public enum Unit: Sendable { case share, tokens, reward }

        /// The name in logs, such as `accuracy/greedy` or `pass@8`.
        public let name: String
        /// What it is a number of.
        public let unit: Unit
        /// The mean over prompts, with its interval.
        public let estimate: Estimate
        /// One a prompt; `nil` where rewards failed on too many of its completions.
        let values: [Double?]
    }

    /// What was seen of each prompt, in the order of the prompts.
    public let outcomes: [PromptOutcome]
    /// Every number, in a fixed order.
    public let measures: [Measure]

    /// The numbers of the outcomes.
    ///
    /// - Parameters:
    ///   - outcomes: one a prompt.
    ///   - passAt: the k of pass@k.
    ///   - majorityAt: the k of majority@k.
    public init(_ outcomes: [PromptOutcome], passAt: [Int] = [], majorityAt: [Int] = []) {
        self.outcomes = outcomes
        var measures = MeasureList(outcomes)
        let isSampled = outcomes.contains { !$0.samples.isEmpty }
        measures.add("accuracy/greedy") { $0.greedy.isSolved.map { $0 ? 1 : 0 } }
        if isSampled { measures.add("accuracy/sampled") { $0.solvedShare } }
        for k in passAt { measures.add("pass@\(k)") { $0.pass(at: k) } }
        for k in majorityAt { measures.add("majority@\(k)") { $0.majority(at: k) } }
        measures.add("reward/greedy", .reward) { $0.greedy.reward }
        if isSampled { measures.add("reward/sampled", .reward) { $0.samples.mean(\.reward) } }
        measures.add("completions/mean_length/greedy", .tokens) { Double($0.greedy.tokens) }
        if isSampled {
            measures.add("completions/mean_length/sampled", .tokens) {
                $0.samples.mean { Double($0.tokens) }
            }
        }
        measures.add("completions/clipped_ratio/greedy") { $0.greedy.isTruncated ? 1 : 0 }
        if isSampled {
            measures.add("completions/clipped_ratio/sampled") {
                $0.samples.mean { $0.isTruncated ? 1 : 0 }
            }
        }
        self.measures = measures.list
    }

    /// The prompts.
    public var count: Int { outcomes.count }

    /// The completions that the first reward failed on: they count neither as solved nor as not.
    public var failed: Int {
        outcomes.reduce(0) { sum, outcome in
            sum + (outcome.samples + [outcome.greedy]).count { $0.isSolved == nil }
        }
    }

    /// The number of a name.
    public subscript(name: String) -> Estimate? { measures.first { $0.name == name }?.estimate }

    /// The share of prompts whose greedy completion is solved.
    public var greedy: Estimate { self["accuracy/greedy"] ?? Estimate(successes: 0, trials: 0) }

    /// The share of sampled completions that are solved.
    public var sampled: Estimate? { self["accuracy/sampled"] }

    /// Whether all rewards of all completions are 0 or 1 as they are solved or not, so that the mean
    /// reward says what the accuracy says.
    public var rewardIsAccuracy: Bool {
        outcomes.allSatisfy { outcome in
            (outcome.samples + [outcome.greedy]).allSatisfy {
                $0.reward == $0.isSolved.map { $0 ? 1 : 0 }
            }
        }
    }
}

/// The measures of an evaluation, one after the other.
private struct MeasureList {
    private let outcomes: [PromptOutcome]
    private let resamples: Resamples
    private(set) var list: [EvaluationReport.Measure] = []

    init(_ outcomes: [PromptOutcome]) {
        self.outcomes = outcomes
        resamples = Resamples(of: outcomes.count)
    }

    mutating func add(
        _ name: String, _ unit: EvaluationReport.Measure.Unit = .share,
        value: (PromptOutcome) -> Double?
    ) {
        let values = outcomes.map(value)
        let known = values.compactMap(\.self)
        let bounds: ClosedRange<Double> =
            switch unit {
            case .share: 0...1
            case .tokens: 0...(.infinity)
            case .reward: -.infinity...(.infinity)
            }
        list.append(
            EvaluationReport.Measure(
                name: name, unit: unit,
                estimate: Estimate(
                    overPrompts: known, within: bounds,
                    resamples: known.count == outcomes.count ? resamples : nil), values: values))
    }
}
