import LanguageModels
import Rewards
import Torch

/// Which groups are worth a place in the step (dynamic sampling: DAPO, Yu et al. 2025, equation 11).
///
/// Judged by what the rewards say, before penalties for length or divergence are added: these would
/// tell apart completions that are all right or all wrong.
public enum GroupFilter: Sendable, Equatable {
    /// All: nothing is sampled again.
    case keepAll
    /// Those that tell completions apart, by ``AdvantageEstimator/hasSignal(in:)``.
    ///
    /// verl `filter_groups`; unlike a test of the mean it also finds continuous rewards that are all
    /// the same.
    case withSignal
    /// Those whose mean reward lies between the two, both excluded: neither too hard nor too easy.
    /// With 0 and 1, OpenRLHF's dynamic filtering.
    case meanBetween(Double, Double)

    /// Whether a group is kept.
    public func keeps(_ scores: GroupScores, for estimator: AdvantageEstimator) -> Bool {
        switch self {
        case .keepAll: return true
        case .withSignal: return estimator.hasSignal(in: scores)
        case .meanBetween(let low, let high):
            let known = scores.totals.compactMap(\.self)
            return !known.isEmpty && low < known.mean && known.mean < high
        }
    }
}

/// The groups of a step, and what was sampled in vain.
struct CollectedRollouts: Sendable, Codable {
    /// Those to train on, in the order of their prompts; fewer than asked for where the reserve ran
    /// out first, and none where no group had a signal.
    var groups: [ScoredGroup] = []
    /// Those the filter refused.
    var discarded: [ScoredGroup] = []
    /// How often the policy sampled.
    var rounds = 0

    /// Everything that was sampled, which is what rewards and lengths are reported over: of the
    /// groups kept alone they would not tell how good the policy is.
    var sampled: [ScoredGroup] { groups + discarded }
}

/// Samples and scores the groups of a step, and others in place of those without a signal.
struct RolloutCollector {
    let policy: LanguageModel
    let rewards: [Reward]
    /// The weight of each reward at this step.
    let weights: [Double]
    let settings: GRPOSettings
    let safeguards: Safeguards

    /// Samples a group of each prompt; then, as often as groups are missing, one of each of as many
    /// prompts of the reserve.
    ///
    /// A prompt's place goes on counting through the reserve, and its completions' random streams
    /// are derived from (seed, step, place, sample): what the first groups are does not depend on
    /// the filter, and a step made again is the same.
    ///
    /// - Parameters:
    ///   - prompts: as many as groups are wanted.
    ///   - reserve: used in order; its count is the bound on what is sampled in vain.
    ///   - step: of the run.
    ///   - clock: gets the time of sampling and scoring.
    /// - Returns: the groups to train on and those that were discarded.
    /// - Throws: `ScoringError` when more completions failed than may, or none could be scored;
    ///   `StepInterrupted`, and `TrainingMemoryError`.
    func collect(
        _ prompts: [Prompt], reserve: [Prompt], step: Int, clock: inout StageClock
    ) async throws -> CollectedRollouts {
        var collected = CollectedRollouts()
        var place = 0
        var next = prompts[...]
        var reserve = reserve[...]
        while !next.isEmpty {
            let sampled = Array(next)
            let scored = try await sampleAndScore(
                with: rewards, weights: weights, step: step + 1, clock: &clock,
                stop: safeguards.stop
            ) { finished in
                try policy.rollouts(
                    of: sampled, groupSize: settings.groupSize, settings: settings.generation,
                    seed: settings.seed, step: step, firstPlace: place, safeguards: safeguards
                ) { finished(sampled[$0.request], $0, $1) }
            }
            for group in scored {
                if settings.groupFilter.keeps(
                    GroupScores(group, weights: weights), for: settings.advantage)
                {
                    collected.groups.append(group)
                } else {
                    collected.discarded.append(group)
                }
            }
            try collected.sampled.checkFailures(most: settings.maxFailureShare)
            collected.rounds += 1
            place += next.count
            next = reserve.prefix(prompts.count - collected.groups.count)
            reserve = reserve.dropFirst(next.count)
        }
        return collected
    }
}

extension DataOrder {
    /// Rows to sample instead of those of a step that have no signal, without any of these.
    ///
    /// Drawn for the step alone, so that the order of the data stays what it is however many a step
    /// uses, and a resumed run needs no cursor.
    func reserve(step: Int, size: Int, without batch: [Int]) -> [Int] {
        guard size > 0 else { return [] }
        // A word of its own keeps this stream apart from those of the order and the completions.
        var stream = RandomStream(seed, 0x7265_7376, UInt64(step))
        let taken = Set(batch)
        return Array(
            (0..<count).shuffled(using: &stream).lazy.filter { !taken.contains($0) }.prefix(size))
    }
}
