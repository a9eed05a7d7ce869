import LanguageModels
public import Rewards
import Synchronization
import Torch

/// The score of one completion: each reward's own, and their weighted sum.
public struct Score: Sendable, Equatable, Codable {
    /// What each reward gave, in the order of the rewards; `nil` where it did not apply or failed.
    public var parts: [Double?]
    /// The weighted sum of the parts that apply; `nil` where none does, or where one failed: a
    /// failure is never a score.
    public var total: Double?
    /// Why a reward failed; the first, where several did.
    public var failure: String?
    /// The places of the rewards that failed, also where a number was asked for in their place.
    public var failed: [Int] = []
    /// What reward programs want to have logged, by the program's name.
    public var logs: [String: JSONValue] = [:]
}

/// A group of rollouts with their scores.
public struct ScoredGroup: Sendable, Codable {
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
///   - step: of the run, from 1, for rewards that want to know; `nil` outside of one.
///   - maxFailureShare: the share of completions that may fail.
///   - stop: while it waits for rewards, it ends their programs where this is requested.
/// - Returns: the groups in order.
/// - Throws: `ScoringError` when more failed, or none could be scored: the cause is not chance;
///   what a reward throws whose policy is to fail; what no later completion would be spared; and
///   `StepInterrupted`.
public func score(
    _ groups: [RolloutGroup], with rewards: [Reward], weights: [Double]? = nil, step: Int? = nil,
    maxFailureShare: Double = 1, stop: StopRequest = StopRequest()
) async throws -> [ScoredGroup] {
    let scored = try await scores(
        of: groups, with: rewards, weights: weights, step: step, stop: stop)
    try scored.checkFailures(most: maxFailureShare)
    return scored
}

/// The same, however many failed.
func scores(
    of groups: [RolloutGroup], with rewards: [Reward], weights: [Double]? = nil, step: Int? = nil,
    stop: StopRequest = StopRequest()
) async throws -> [ScoredGroup] {
    var clock = StageClock()
    return try await sampleAndScore(
        with: rewards, weights: weights, step: step, clock: &clock, stop: stop
    ) { finished in
        for (request, group) in groups.enumerated() {
            for (sample, rollout) in group.rollouts.enumerated() {
                finished(
                    group.prompt, CompletionPlace(request: request, sample: sample), rollout)
            }
        }
        return groups
    }
}

/// Samples and scores: rewards work on completions that have ended while others are still sampled.
///
/// - Parameters:
///   - rewards: the rewards, with their weights.
///   - weights: other weights, for example of the step by a ``WeightSchedule``.
///   - step: of the run, from 1; `nil` outside of one.
///   - clock: gets the time of sampling, and of what scoring takes longer.
///   - stop: ends the programs that rewards wait for where it is requested.
///   - sample: tells of each completion that has ended, and returns all of them; where it is told of
///     one again, because sampling began anew, that is the same one and is scored once.
/// - Returns: the groups in order, however many failed.
/// - Throws: what a reward throws whose policy is to fail; what no later completion would be
///   spared; `StepInterrupted`, and what `sample` throws.
func sampleAndScore(
    with rewards: [Reward], weights: [Double]? = nil, step: Int?, clock: inout StageClock,
    stop: StopRequest = StopRequest(),
    sample: (_ finished: @Sendable (Prompt, CompletionPlace, Rollout) -> Void) throws
        -> [RolloutGroup]
) async throws -> [ScoredGroup] {
    let (finished, continuation) = AsyncStream.makeStream(of: FinishedRollout.self)
    let weights = weights ?? rewards.map(\.weight)
    return try await withThrowingTaskGroup(of: [CompletionPlace: Score].self) { tasks in
        // Beside the sampling, whichever thread that has to itself. Its failure ends them too.
        tasks.addTask(executorPreference: globalConcurrentExecutor) {
            do {
                let known = try await scores(
                    of: finished, with: rewards, weights: weights, stop: stop)
                try stop.check()
                return known
            } catch {
                // What a program does not answer that was ended for the stop is no failure.
                throw stop.isRequested ? StepInterrupted() : error
            }
        }
        let told = Mutex<Set<CompletionPlace>>([])
        let groups = try sample { prompt, place, rollout in
            guard told.withLock({ $0.insert(place).inserted }) else { return }
            continuation.yield(
                FinishedRollout(place: place, input: RewardInput(rollout, of: prompt, step: step)))
        }
        continuation.finish()
        clock.end(.sampling)
        let span = Profile.begin(.scoring)
        defer { span.end() }
        let known = try await tasks.next() ?? [:]
        clock.end(.scoring)
        return groups.enumerated().map { request, group in
            ScoredGroup(
                group: group,
                scores: group.rollouts.indices.compactMap {
                    known[CompletionPlace(request: request, sample: $0)]
                })
        }
    }
}

/// A completion that has ended.
private struct FinishedRollout: Sendable {
    var place: CompletionPlace
    var input: RewardInput
}

private func scores(
    of finished: AsyncStream<FinishedRollout>, with rewards: [Reward], weights: [Double],
    stop: StopRequest
) async throws -> [CompletionPlace: Score] {
    try await withThrowingTaskGroup(of: (CompletionPlace, Score)?.self) { tasks in
        tasks.addTask {
            try await stop.ending(rewards.sources)
            return nil
        }
        var missing = 0
        for await rollout in finished {
            missing += 1
            tasks.addTask {
                (rollout.place, try await score(rollout.input, with: rewards, weights: weights))
            }
        }
        var scores: [CompletionPlace: Score] = [:]
        while missing > 0, case (let place, let score)?? = try await tasks.next() {
            scores[place] = score
            missing -= 1
        }
        guard missing == 0 else { throw CancellationError() }
        tasks.cancelAll()
        return scores
    }
}

extension [ScoredGroup] {
    /// Throws where more completions failed than may, or some did and none could be scored.
    func checkFailures(most share: Double) throws(ScoringError) {
        let scores = flatMap(\.scores)
        let failures = scores.compactMap(\.failure)
        guard let first = failures.first else { return }
        let noneIsKnown = scores.allSatisfy { $0.total == nil }
        if noneIsKnown || Double(failures.count) > share * Double(scores.count) {
            throw ScoringError(
                failed: failures.count, count: scores.count, allowedShare: share, first: first)
        }
    }
}

/// Asks every reward; a program that gives several of them is asked once.
private func score(
    _ input: RewardInput, with rewards: [Reward], weights: [Double]
) async throws -> Score {
    var score = Score(parts: [])
    var answers = SourceAnswers()
    var total = 0.0
    var isDropped = false
    for (place, (reward, weight)) in zip(rewards, weights).enumerated() {
        do {
            let part = try await answers.score(input, by: reward)
            if let part, !part.isFinite {
                throw RewardNotFinite(reward: reward.name, value: part)
            }
            score.parts.append(part)
        } catch {
            if (error as? RewardProgramError)?.endsTheRun == true { throw error }
            score.failed.append(place)
            score.failure = score.failure ?? "\(error)"
            switch reward.onFailure {
            case .drop:
                score.parts.append(nil)
                isDropped = true
            case .fail: throw error
            case .score(let number): score.parts.append(number)
            }
        }
        total += (score.parts[place] ?? 0) * weight
    }
    score.logs = answers.logs
    score.total = isDropped || score.parts.allSatisfy { $0 == nil } ? nil : total
    return score
}

/// What programs and servers said of one completion.
private struct SourceAnswers {
    private var results: [ObjectIdentifier: Result<RewardAnswer, any Error>] = [:]
    private(set) var logs: [String: JSONValue] = [:]

    /// What a reward gives, by its program's answer where it has one.
    mutating func score(_ input: RewardInput, by reward: Reward) async throws -> Double? {
        guard let source = reward.source else { return try await reward.score(input) }
        let result: Result<RewardAnswer, any Error>
        if let known = results[ObjectIdentifier(source)] {
            result = known
        } else {
            do { result = .success(try await source.answer(input)) } catch {
                result = .failure(error)
            }
            results[ObjectIdentifier(source)] = result
        }
        let answer = try result.get()
        logs[source.name] = answer.log
        return reward.score(in: answer)
    }
}

private struct RewardNotFinite: Error, CustomStringConvertible {
    let reward: String
    let value: Double
    var description: String { "reward \(reward): expected a finite number, found \(value)" }
}

/// So many completions of a step could not be scored that the cause is not chance.
public struct ScoringError: Error, CustomStringConvertible {
    /// The completions that failed.
    public let failed: Int
    /// The completions of the step.
    public let count: Int
    /// The share of them that may fail.
    public let allowedShare: Double
    /// The first failure.
    public let first: String

    /// How many failed, and the first reason.
    public var description: String {
        let reason = "could not be scored. The first: \(first)"
        guard failed < count else {
            return "rewards: all \(count) completions of the step \(reason)"
        }
        return "rewards: \(failed) of \(count) completions of the step, more than a share of "
            + "\(allowedShare) (training.max_failure_share), \(reason)"
    }
}

extension RewardInput {
    init(_ rollout: Rollout, of prompt: Prompt, step: Int?) {
        self.init(
            prompt: prompt.text, completion: rollout.text, answer: prompt.answer, row: prompt.row,
            tokenCount: rollout.completion.tokens.count,
            isTruncated: rollout.completion.finish == .length, step: step)
    }
}
