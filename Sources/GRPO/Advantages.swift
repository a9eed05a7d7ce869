import Torch

/// How much better each completion was than the others of its group, in the article's form.
///
/// Reshapes the rewards into groups, subtracts each group's mean, flattens:
///
///     groupAdvantages([1, 0, 0, 1, 2, 4], groupSize: 3)   // [2/3, -1/3, -1/3, -4/3, -1/3, 5/3]
///
/// No part of it is learned, the scale is that of the rewards, and comparing within a group takes
/// the prompt's difficulty out. The advantages of a group add up to zero; those of a group whose
/// rewards are all equal are exactly zero.
///
/// - Parameters:
///   - rewards: group after group.
///   - groupSize: completions a prompt; divides the number of rewards.
/// - Returns: an advantage for each reward, in the same order.
public func groupAdvantages(_ rewards: [Double], groupSize: Int) -> [Double] {
    require(
        groupSize > 0 && rewards.count.isMultiple(of: groupSize),
        "groupAdvantages: \(rewards.count) rewards do not make groups of \(groupSize)")
    return stride(from: 0, to: rewards.count, by: groupSize).flatMap { start in
        AdvantageEstimator.groupMean.advantages(rewards[start..<start + groupSize].map { $0 })
    }
}

/// The baseline and scale that turn the rewards of a step into advantages.
///
/// r is the reward of a completion, μ and σ the mean and deviation of its group of n. Everywhere:
///
/// - A missing reward leaves every mean and deviation, and has advantage 0 (as in TRL).
/// - What is equal is compared before any arithmetic. The computed mean of sixteen 0.7 differs from
///   0.7 in the last bit, and a deviation as small would make a signal of that bit; TRL and verl
///   add an epsilon and let it pass. Here it is exactly 0.
/// - A group with a single known reward has no other to be compared with: 0. (verl lets such a
///   reward through as it is; for that, take ``reward``.)
public enum AdvantageEstimator: Sendable, Equatable {
    /// `r − μ` (the article; Dr. GRPO, Liu et al. 2025, equation 3). TRL: `scale_rewards="none"`;
    /// verl: `norm_adv_by_std_in_grpo=False`.
    case groupMean
    /// `(r − μ) / (σ + epsilon)` (DeepSeekMath, Shao et al. 2024, section 4.1.2).
    ///
    /// The sample deviation with epsilon 1e-4 is TRL's, with 1e-6 verl's, with 1e-9 OpenRLHF's; the
    /// population deviation with 1e-4 is mlx-lm-lora's, with 1e-8 TRL's asynchronous trainer's.
    case groupMeanAndDeviation(epsilon: Double, deviation: Deviation = .sample)
    /// `(r − μ) / (σ_batch + epsilon)`: the sample deviation of all rewards of the step (Lite PPO,
    /// Liu et al. 2025, arXiv 2508.08221). TRL: `scale_rewards="batch"`, epsilon 1e-4.
    case groupMeanAndBatchDeviation(epsilon: Double)
    /// `r − (mean of the other n − 1) = n / (n − 1) · (r − μ)` (RLOO, Ahmadian et al. 2024, arXiv
    /// 2402.14740). The same in TRL, also where rewards are missing, and in verl.
    case leaveOneOut
    /// `(r − mean) / deviation` over the step; no group (REINFORCE++, Hu et al. 2025, arXiv
    /// 2501.03262).
    ///
    /// A completion's tokens share one advantage. That is exact for a reward at its end and a
    /// discount of 1, which is what a reward here is; verl's per-token returns for smaller discounts
    /// or penalties at single tokens have no counterpart. No signal: all rewards of the step equal.
    case reinforcePlusPlus(Whitening = .verl)
    /// `r − μ`, then whitened over the step (REINFORCE++ baseline, the same paper).
    ///
    /// Whitening over tokens subtracts the mean over tokens, which differs from 0 where lengths
    /// differ, so a group of equal rewards gets the same small advantage in every completion, as in
    /// verl. No signal: every group's rewards equal.
    case reinforcePlusPlusBaseline(Whitening = .verl)
    /// `Σ weight_k (r_k − μ_k) / (σ_k + epsilon)`, then whitened over the step: each reward is
    /// normalized on its own, so that none drowns another (GDPO, Liu et al. 2026, arXiv 2601.05242).
    ///
    /// TRL: `multi_objective_aggregation="normalize_then_sum"`, epsilon 1e-4 and `.trl`; verl: 1e-6
    /// and `.verl`. A single reward that is missing adds nothing to the sum. No signal: in no group
    /// does any reward differ.
    case decoupledRewards(epsilon: Double = 1e-4, Whitening = .trl)
    /// `max r − max of the others`, which is 0 for all but a single best completion: what this
    /// completion added to the best of n (Tang et al. 2025, arXiv 2503.19595).
    ///
    /// With an epsilon it is divided by `σ + epsilon`, the sample deviation: verl's `grpo_passk`, by
    /// default with 1e-6. No signal: two completions share the best reward.
    case passAtK(epsilon: Double? = nil)
    /// `(r − μ) / (μ + epsilon)`, 0 where μ is not positive (MaxRL, Tajwar et al. 2026, arXiv
    /// 2602.02710). For rewards of 0 and 1. prime-rl: epsilon 0; SkyRL: 1e-6.
    case maximumLikelihood(epsilon: Double = 0)
    /// `r − Σ length · r / Σ length`, the baseline of least variance where a completion's gradient
    /// grows with its length (OPO, Hao et al. 2025, arXiv 2505.23585). The same in verl. Where all
    /// lengths are 0 the baseline is μ.
    case lengthWeightedMean
    /// `r`: no baseline (REINFORCE, Williams 1992). A group of equal rewards has a signal too.
    case reward

    /// The advantages of every completion of a step.
    ///
    /// - Parameter groups: all groups of the step, since some estimators compare across them.
    /// - Returns: the advantages of each group, in order.
    public func advantages(of groups: [GroupScores]) -> [[Double]] {
        switch self {
        case .groupMeanAndBatchDeviation(let epsilon):
            batchScaled(groups, epsilon: epsilon)
        case .reinforcePlusPlus(let whitening):
            whitening.whitened(groups.map(\.totals), lengths: groups.map(\.lengths))
        case .reinforcePlusPlusBaseline(let whitening):
            whitening.whitened(
                groups.map { centered($0.totals) }, lengths: groups.map(\.lengths),
                groupsAddUpToZero: true)
        case .decoupledRewards(let epsilon, let whitening):
            whitening.whitened(
                groups.map { decoupled($0, epsilon: epsilon) }, lengths: groups.map(\.lengths),
                groupsAddUpToZero: true)
        case .groupMean, .groupMeanAndDeviation, .leaveOneOut, .passAtK, .maximumLikelihood,
            .lengthWeightedMean, .reward:
            groups.map(groupAdvantages)
        }
    }

    /// The advantages of a group that is the whole step.
    ///
    /// - Parameter rewards: one a completion, of equal lengths; `nil` where it is missing.
    /// - Returns: one a completion.
    public func advantages(_ rewards: [Double?]) -> [Double] {
        advantages(of: [GroupScores(rewards)])[0]
    }
}
