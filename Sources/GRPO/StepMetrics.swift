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
    /// The optimizer steps that were left out, because something was not finite.
    public var nonFinite: [NonFiniteUpdate] = []
}

/// The numbers of one training step; those that TRL has too are logged under TRL's names.
public struct StepMetrics: Sendable, Equatable {
    /// The step, from 1: so many have been made.
    public let step: Int
    /// The mean of the weighted sums of the rewards.
    public var reward: Double
    /// The share of completions whose first reward is at least 1, the solved ones, among those that
    /// it did not fail on.
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
        step: Int, collected: CollectedRollouts, rewards: [Reward], update: UpdateMetrics,
        state: ObjectiveState, trustRegion: TrustRegion, learningRate: Double, tokenCount: Int,
        clock: StageClock
    ) {
        let scored = collected.sampled
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
            log(
                "rewards/\(reward.name)/failed",
                Double(scores.count { $0.failed.contains(index) }))
        }
        for source in rewards.sources {
            log("rewards/\(source.name)/restarts", Double(source.counts.restarts))
            log("rewards/\(source.name)/stale", Double(source.counts.stale))
        }
        log("rewards/failed", Double(scores.count { $0.failure != nil }))
        log("frac_reward_zero_std", 1 - update.informativeShare(of: scored.count))
        log("groups/informative", Double(update.informativeGroups))
        log("groups/discarded", Double(collected.discarded.count))
        log("sampling/rounds", Double(collected.rounds))
        logLengths(completions)
        logUpdate(
            update, state: state, trustRegion: trustRegion, learningRate: learningRate)
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

    /// `loss` is what is minimised, `policy_loss` that without the bonus for entropy, as in TRL; its
    /// terms stand under `loss/`. Of the coefficients, those of the next step are logged, as in TRL.
    private mutating func logUpdate(
        _ update: UpdateMetrics, state: ObjectiveState, trustRegion: TrustRegion,
        learningRate: Double
    ) {
        let surrogate = update.loss(.surrogateLoss) ?? 0
        let (divergence, bonus) = (update.loss(.divergenceLoss), update.loss(.entropyLoss))
        log("loss", surrogate + (divergence ?? 0) + (bonus ?? 0))
        log("policy_loss", surrogate + (divergence ?? 0))
        log("loss/surrogate", surrogate)
        logIfMeasured("loss/kl", divergence)
        logIfMeasured("loss/entropy", bonus)
        logIfMeasured("kl", update.share(.divergence, of: .tokens))
        if divergence != nil { log("kl_coef", state.divergenceCoefficient) }
        log("entropy", update.share(.entropy, of: .tokens) ?? 0)
        if bonus != nil { log("entropy_coef", state.entropyCoefficient) }
        logCuts(update, trustRegion)
        log("ratio/max", update.extreme(.largestRatio) ?? 0)
        log("logp_drift", update.extreme(.drift) ?? 0)
        log("grad_norm", update.gradientNorm)
        log("updates/skipped", Double(update.skippedUpdates))
        log("learning_rate", learningRate)
    }

    /// What the trust region took away, under TRL's name where TRL counts it.
    private mutating func logCuts(_ update: UpdateMetrics, _ trustRegion: TrustRegion) {
        let (low, high) = (
            update.share(.cutLow, of: .ratios) ?? 0, update.share(.cutHigh, of: .ratios) ?? 0
        )
        switch trustRegion {
        case .cappedWeight: log("cispo_clip_ratio", high)
        case .gammaWeight:
            log("vespo/phi_seq_mean", update.share(.gamma, of: .completions) ?? 0)
        case .softGate, .none: break
        case .clip, .boundedClip, .clippedWeight, .totalVariation, .binaryDivergence:
            log("clip_ratio/low_mean", low)
            log("clip_ratio/low_min", update.extreme(.leastCutLow) ?? 0)
            log("clip_ratio/high_mean", high)
            log("clip_ratio/high_max", update.extreme(.mostCutHigh) ?? 0)
            log("clip_ratio/region_mean", low + high)
        }
        logIfMeasured("clip_ratio/bound_mean", update.share(.cutBound, of: .ratios))
        logIfMeasured("off_policy/dropped", update.share(.droppedTokens, of: .tokens))
    }

    private mutating func logIfMeasured(_ name: String, _ value: Double?) {
        if let value { log(name, value) }
    }

    private static func solvedShare(_ scores: [Score]) -> Double {
        let judged = scores.filter(\.isJudged)
        return Double(judged.count { $0.isSolved }) / Double(max(judged.count, 1))
    }
}

extension Score {
    /// Whether the first reward, the verifier, gave full marks.
    public var isSolved: Bool { isJudged && (parts.first ?? nil).map { $0 >= 1 } ?? false }

    /// Whether the verifier did its work: what it failed on is neither solved nor unsolved.
    public var isJudged: Bool { !failed.contains(0) }
}
