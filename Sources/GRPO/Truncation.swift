import LanguageModels
import Torch

/// What becomes of completions that the length limit ended.
public enum TruncationPolicy: Sendable, Equatable {
    /// They are trained on as any other.
    case train
    /// They are left out of the loss, but stay in their group's baseline.
    ///
    /// What they got says that an unfinished completion earns so much, which is part of the prompt's
    /// difficulty; what they wrote is neither pushed nor pulled (TRL `mask_truncated_completions`;
    /// DAPO, Yu et al. 2025, section 3.4, overlong filtering). Their
    /// tokens leave means over tokens; they stay in means over completions, as rows whose loss is 0
    /// (TRL), unless `PolicyObjective.countsEmptyCompletions` is false (verl).
    case mask
    /// They are trained on, and what comes close to the limit loses reward.
    case penalize(SoftOverlongPenalty)

    /// Which completions are trained on.
    ///
    /// - Parameter finishes: why each completion ended.
    /// - Returns: whether each is in the loss.
    public func isTrained(_ finishes: [FinishReason]) -> [Bool] {
        finishes.map { self != .mask || $0 != .length }
    }

    /// Puts the penalty into the scores of a group, where there is one.
    ///
    /// - Parameters:
    ///   - scores: of the group.
    ///   - limit: the most tokens of a completion.
    /// - Returns: the scores with the penalty as one more single reward, or as they were.
    public func penalized(_ scores: GroupScores, limit: Int) -> GroupScores {
        guard case .penalize(let penalty) = self else { return scores }
        return scores.adding(
            scores.lengths.map { penalty.value(length: $0, limit: limit) }, weight: penalty.weight)
    }
}

/// A penalty that grows over the last tokens before the limit (DAPO, Yu et al. 2025, equation 13;
/// TRL `get_soft_overlong_punishment`).
public struct SoftOverlongPenalty: Sendable, Equatable {
    /// The tokens before the limit over which it grows.
    public var buffer: Int
    /// What it is multiplied by in the reward.
    public var weight: Double

    /// A penalty; the paper's buffer is 4096 of 20480 tokens.
    public init(buffer: Int, weight: Double = 1) {
        self.buffer = buffer
        self.weight = weight
    }

    /// 0 up to `limit − buffer` tokens, then evenly down to −1 at the limit, −1 beyond.
    public func value(length: Int, limit: Int) -> Double {
        if length > limit { return -1 }
        let excess = length - (limit - buffer)
        return excess <= 0 ? 0 : -Double(excess) / Double(buffer)
    }
}
