import Foundation
public import Rewards
import Torch

/// The weight of a reward over the steps of a run.
///
///     WeightSchedule.linear(from: 1, to: 0, start: 0, steps: 100)   // format first, then nothing
public enum WeightSchedule: Sendable, Equatable {
    /// The same at every step.
    case constant(Double)
    /// `from` up to step `start`, then evenly to `to`, reached `steps` steps later and kept.
    case linear(from: Double, to: Double, start: Int = 0, steps: Int)
    /// The same along half a cosine, flat at both ends.
    case cosine(from: Double, to: Double, start: Int = 0, steps: Int)

    /// The weight at a step.
    ///
    /// - Parameter step: of the run, from 0.
    /// - Returns: what the reward is multiplied by.
    public func weight(at step: Int) -> Double {
        switch self {
        case .constant(let weight): return weight
        case .linear(let from, let to, let start, let steps):
            return Self.between(from, to, Self.progress(step, start, steps))
        case .cosine(let from, let to, let start, let steps):
            let progress = Self.progress(step, start, steps)
            return Self.between(from, to, (1 - cos(.pi * progress)) / 2)
        }
    }

    private static func progress(_ step: Int, _ start: Int, _ steps: Int) -> Double {
        if step <= start { return step == start && steps <= 0 ? 1 : 0 }
        return step - start >= steps ? 1 : Double(step - start) / Double(steps)
    }

    /// The ends are exactly the two numbers.
    private static func between(_ from: Double, _ to: Double, _ share: Double) -> Double {
        share == 1 ? to : from + (to - from) * share
    }
}

/// The weight of each reward at a step.
///
/// - Parameters:
///   - rewards: the rewards.
///   - schedules: one a reward, `nil` for the reward's own weight; empty for that of all.
///   - step: of the run, from 0.
/// - Returns: one a reward.
public func rewardWeights(
    _ rewards: [Reward], schedules: [WeightSchedule?] = [], step: Int
) -> [Double] {
    require(
        schedules.isEmpty || schedules.count == rewards.count,
        "rewardWeights: \(schedules.count) schedules for \(rewards.count) rewards")
    return rewards.enumerated().map { index, reward in
        schedules.isEmpty ? reward.weight : schedules[index]?.weight(at: step) ?? reward.weight
    }
}
