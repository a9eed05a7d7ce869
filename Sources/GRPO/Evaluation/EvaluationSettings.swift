public import LanguageModels

/// How a model is evaluated.
public struct EvaluationSettings: Sendable, Equatable {
    /// How completions are sampled; the greedy ones differ in the temperature alone.
    public var generation: GenerationSettings
    /// Sampled completions a prompt; 0 for the greedy one alone.
    public var samples: Int
    /// The k of pass@k, each at most `samples`.
    public var passAt: [Int]
    /// The k of majority@k, each at most `samples`; needs a first reward that reads answers.
    public var majorityAt: [Int]
    /// From which the samples' random numbers are derived.
    public var seed: UInt64
    /// The share of completions that rewards may fail on; more end the evaluation.
    public var maxFailureShare = 0.5

    /// Settings of one greedy and one sampled completion a prompt.
    public init(
        generation: GenerationSettings, samples: Int = 1, passAt: [Int] = [],
        majorityAt: [Int] = [], seed: UInt64 = 0
    ) {
        self.generation = generation
        self.samples = samples
        self.passAt = passAt
        self.majorityAt = majorityAt
        self.seed = seed
    }
}

/// Why a model could not be evaluated.
public enum EvaluationError: Error, Equatable, CustomStringConvertible {
    /// A vote was asked for, and the first reward reads no answers.
    case noAnswers(reward: String)
    /// Rewards failed on more completions than they may.
    case failures(failed: Int, count: Int, allowedShare: Double, first: String)

    /// What was found, and the next move.
    public var description: String {
        switch self {
        case .noAnswers(let reward):
            "majority@k: a vote needs answers, and the reward \"\(reward)\" gives a score without "
                + "reading one. The kinds exact, number, math, choice, countdown and json read one; "
                + "put such a reward first, or leave majority@k out."
        case .failures(let failed, let count, let share, let first):
            "rewards: \(failed) of \(count) completions of the evaluation could not be scored, "
                + (failed == count ? "" : "more than a share of \(share), ")
                + "so its numbers would say little. The first: \(first)"
        }
    }
}
