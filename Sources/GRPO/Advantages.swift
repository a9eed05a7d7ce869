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

/// The baseline and scale that turn the rewards of a group into advantages.
public enum AdvantageEstimator: Sendable, Equatable {
    /// `r − mean` (the article; Dr. GRPO, Liu et al. 2025, equation 3).
    case groupMean
    /// `(r − mean) / (deviation + epsilon)` with the sample deviation, divisor G − 1
    /// (DeepSeekMath, Shao et al. 2024, section 4.1.2; the divisor as in TRL and verl, whose
    /// epsilons are 1e-4 and 1e-6).
    case groupMeanAndDeviation(epsilon: Double)

    /// The advantages of one group.
    ///
    /// - Parameter rewards: one a completion; a missing one leaves the baseline and has advantage 0.
    /// - Returns: one a completion.
    public func advantages(_ rewards: [Double?]) -> [Double] {
        let known = rewards.compactMap(\.self)
        // Rewards that are equal are compared as they are: their computed mean may differ from them
        // in the last bit, and their deviation would then blow that bit up.
        guard let first = known.first, known.contains(where: { $0 != first }) else {
            return rewards.map { _ in 0 }
        }
        let mean = known.reduce(0, +) / Double(known.count)
        let scale = scale(known, mean: mean)
        return rewards.map { reward in reward.map { ($0 - mean) / scale } ?? 0 }
    }

    private func scale(_ rewards: [Double], mean: Double) -> Double {
        switch self {
        case .groupMean: return 1
        case .groupMeanAndDeviation(let epsilon):
            let squares = rewards.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            return (squares / Double(rewards.count - 1)).squareRoot() + epsilon
        }
    }
}
