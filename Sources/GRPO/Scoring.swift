import LanguageModels
public import Rewards
import Torch

/// The score of one completion: each reward's own, and their weighted sum.
public struct Score: Sendable, Equatable {
    /// What each reward gave, in the order of the rewards; `nil` where it did not apply or failed.
    public var parts: [Double?]
    /// The weighted sum of the parts that apply; `nil` where none does, or where one failed: a
    /// failure is never a score.
    public var total: Double?
    /// Why a reward failed.
    public var failure: String?
}

/// A group of rollouts with their scores.
public struct ScoredGroup: Sendable {
    /// The prompt and its completions.
    public var group: RolloutGroup
    /// One a completion.
    public var scores: [Score]
}

extension GroupScores {
    /// The scores of a group, from which advantages are computed.
    ///
    /// - Parameters:
    ///   - scored: the group.
    ///   - weights: of the rewards, as they were scored with.
    public init(_ scored: ScoredGroup, weights: [Double]) {
        self.init(
            scored.scores.map(\.total), parts: scored.scores.map(\.parts), weights: weights,
            lengths: scored.group.rollouts.map { $0.completion.tokens.count })
    }
}

/// Scores every completion; the rewards run concurrently, on values.
///
/// - Parameters:
///   - groups: the completions.
///   - rewards: the rewards, with their weights.
///   - weights: other weights, for example of the step by a ``WeightSchedule``.
/// - Returns: the groups in order.
/// - Throws: `ScoringError` when a reward failed on every completion: there is nothing to learn
///   from, and the cause is not chance.
public func score(
    _ groups: [RolloutGroup], with rewards: [Reward], weights: [Double]? = nil
) async throws -> [ScoredGroup] {
    let scored = await scores(of: groups, with: rewards, weights: weights)
    try scored.checkNotAllFailed()
    return scored
}

/// The same, also when every reward failed.
func scores(
    of groups: [RolloutGroup], with rewards: [Reward], weights: [Double]? = nil
) async -> [ScoredGroup] {
    let span = Profile.begin(.scoring)
    defer { span.end() }
    let weights = weights ?? rewards.map(\.weight)
    let inputs = groups.flatMap { group in group.rollouts.map { RewardInput($0, of: group.prompt) }
    }
    let scores = await withTaskGroup(of: (Int, Score).self) { tasks in
        for (index, input) in inputs.enumerated() {
            tasks.addTask { (index, await score(input, with: rewards, weights: weights)) }
        }
        var scores = [Score](repeating: Score(parts: []), count: inputs.count)
        for await (index, score) in tasks { scores[index] = score }
        return scores
    }
    var next = 0
    return groups.map { group in
        defer { next += group.rollouts.count }
        return ScoredGroup(
            group: group, scores: Array(scores[next..<next + group.rollouts.count]))
    }
}

extension [ScoredGroup] {
    /// Throws where there are completions and none could be scored.
    func checkNotAllFailed() throws(ScoringError) {
        let scores = flatMap(\.scores)
        let failures = scores.compactMap(\.failure)
        if let first = failures.first, failures.count == scores.count {
            throw ScoringError(count: failures.count, first: first)
        }
    }
}

private func score(
    _ input: RewardInput, with rewards: [Reward], weights: [Double]
) async -> Score {
    var score = Score(parts: [])
    var total = 0.0
    for (reward, weight) in zip(rewards, weights) {
        do {
            let part = try await reward.score(input)
            if let part, !part.isFinite {
                throw RewardNotFinite(reward: reward.name, value: part)
            }
            score.parts.append(part)
            total += (part ?? 0) * weight
        } catch {
            score.parts.append(nil)
            score.failure = "\(error)"
        }
    }
    let applies = score.failure == nil && score.parts.contains { $0 != nil }
    score.total = applies ? total : nil
    return score
}

private struct RewardNotFinite: Error, CustomStringConvertible {
    let reward: String
    let value: Double
    var description: String { "reward \(reward): expected a finite number, found \(value)" }
}

/// Every reward of a step failed.
public struct ScoringError: Error, CustomStringConvertible {
    /// The completions of the step.
    public let count: Int
    /// The first failure.
    public let first: String

    /// How many failed, and the first reason.
    public var description: String {
        "rewards: all \(count) completions of the step could not be scored. The first: \(first)"
    }
}

extension RewardInput {
    init(_ rollout: Rollout, of prompt: Prompt) {
        self.init(
            prompt: prompt.text, completion: rollout.text, answer: prompt.answer, row: prompt.row,
            tokenCount: rollout.completion.tokens.count,
            isTruncated: rollout.completion.finish == .length)
    }
}
