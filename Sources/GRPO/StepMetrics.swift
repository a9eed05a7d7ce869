import LanguageModels
import Rewards
import Torch

/// What one step gave: the metrics, and the completions they were computed from.
public struct StepResult: Sendable {
    /// The numbers of the step.
    public var metrics: StepMetrics
    /// The completions with their scores.
    public var groups: [ScoredGroup]
    /// The advantage of each completion.
    public var advantages: [[Double]]
}

/// The numbers of one training step; those that TRL has too are logged under TRL's names.
public struct StepMetrics: Sendable, Equatable {
    /// The step, from 1: so many have been made.
    public let step: Int
    /// The mean of the weighted sums of the rewards.
    public var reward: Double
    /// The share of completions whose first reward is at least 1: the solved ones.
    public var accuracy: Double
    /// Completion tokens a second, sampling and training together.
    public var tokensPerSecond: Double
    /// Wall time of the step in seconds.
    public var seconds: Double
    /// Every number under its logged name, in a fixed order.
    public private(set) var entries: [Entry] = []

    /// A number and its name in `metrics.jsonl`.
    public struct Entry: Sendable, Equatable {
        /// The name.
        public let name: String
        /// The number.
        public let value: Double
    }

    /// The number logged under a name.
    public subscript(name: String) -> Double? { entries.first { $0.name == name }?.value }

    init(
        step: Int, scored: [ScoredGroup], rewards: [Reward], update: UpdateMetrics,
        learningRate: Double, tokenCount: Int, clock: StageClock
    ) {
        let scores = scored.flatMap(\.scores)
        let completions = scored.flatMap { $0.group.rollouts.map(\.completion) }
        let tokens = completions.reduce(0) { $0 + $1.tokens.count }
        let totals = Distribution(scores.compactMap(\.total))
        self.step = step
        reward = totals.mean
        accuracy = Self.solvedShare(scores)
        seconds = clock.total
        tokensPerSecond = Double(tokens) / max(clock.total, 1e-9)

        log("reward", reward)
        log("reward_std", totals.deviation)
        log("accuracy", accuracy)
        for (index, reward) in rewards.enumerated() {
            let parts = Distribution(scores.compactMap { $0.parts[index] })
            log("rewards/\(reward.name)/mean", parts.mean)
            log("rewards/\(reward.name)/std", parts.deviation)
        }
        log("rewards/failed", Double(scores.count { $0.failure != nil }))
        log("frac_reward_zero_std", 1 - update.informativeShare(of: scored.count))
        log("groups/informative", Double(update.informativeGroups))
        logLengths(completions)
        logUpdate(update, learningRate: learningRate)
        for stage in StageClock.Stage.allCases {
            if let seconds = clock[stage] { log("time/\(stage.rawValue)", seconds) }
        }
        log("tokens_per_second", tokensPerSecond)
        log("num_tokens", Double(tokenCount))
        log("step_time", seconds)
    }

    mutating func log(_ name: String, _ value: Double) {
        entries.append(Entry(name: name, value: value))
    }

    private mutating func logLengths(_ completions: [Completion]) {
        let lengths = Distribution(completions.map { Double($0.tokens.count) })
        let ended = Distribution(
            completions.filter { $0.finish != .length }.map { Double($0.tokens.count) })
        log("completions/mean_length", lengths.mean)
        log("completions/min_length", lengths.minimum)
        log("completions/max_length", lengths.maximum)
        log("completions/clipped_ratio", 1 - Double(ended.count) / Double(max(lengths.count, 1)))
        log("completions/mean_terminated_length", ended.mean)
        log("completions/min_terminated_length", ended.minimum)
        log("completions/max_terminated_length", ended.maximum)
    }

    private mutating func logUpdate(_ update: UpdateMetrics, learningRate: Double) {
        log("loss", update.loss)
        log("policy_loss", update.surrogate)
        if let divergence = update.meanDivergence { log("kl", divergence) }
        log("entropy", update.meanEntropy)
        log("clip_ratio/low_mean", update.clippedLowShare)
        log("clip_ratio/high_mean", update.clippedHighShare)
        log("clip_ratio/region_mean", update.clippedLowShare + update.clippedHighShare)
        log("ratio/max", update.maximumRatio)
        log("logp_drift", update.drift)
        log("grad_norm", update.gradientNorm)
        log("updates/skipped", Double(update.skippedUpdates))
        log("learning_rate", learningRate)
    }

    private static func solvedShare(_ scores: [Score]) -> Double {
        Double(scores.count { $0.isSolved }) / Double(max(scores.count, 1))
    }
}

extension Score {
    /// Whether the first reward, the verifier, gave full marks.
    public var isSolved: Bool { (parts.first ?? nil).map { $0 >= 1 } ?? false }
}

/// Mean, sample deviation and extremes; zeros where there is nothing.
struct Distribution {
    let count: Int
    let mean: Double
    /// Divisor n − 1, as TRL logs it.
    let deviation: Double
    let minimum: Double
    let maximum: Double

    init(_ values: [Double]) {
        count = values.count
        let mean = values.reduce(0, +) / Double(max(values.count, 1))
        self.mean = mean
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        deviation = values.count > 1 ? (squares / Double(values.count - 1)).squareRoot() : 0
        minimum = values.min() ?? 0
        maximum = values.max() ?? 0
    }
}

/// The wall time of each stage of a step.
struct StageClock {
    enum Stage: String, CaseIterable { case sampling, scoring, values, training }

    private var last = ContinuousClock.now
    private var seconds: [Stage: Double] = [:]

    /// The time since the last stage ended belongs to `stage`.
    mutating func end(_ stage: Stage) {
        let now = ContinuousClock.now
        seconds[stage, default: 0] += (now - last) / .seconds(1)
        last = now
    }

    /// The seconds of a stage; `nil` where the step has none.
    subscript(stage: Stage) -> Double? { seconds[stage] }
    var total: Double { seconds.values.reduce(0, +) }
}
