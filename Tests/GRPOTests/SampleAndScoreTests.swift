import Dispatch
import LanguageModels
import Rewards
import Synchronization
import TestSupport
import Testing
import Torch

@testable import GRPO

/// Rewards work on completions that have ended while others are still sampled.
@Suite struct SampleAndScoreTests {
    private let model: LanguageModel
    private let prompts: [Prompt]

    init() throws {
        model = try Fixtures.model("qwen2-tiny")
        prompts = threePrompts(model)
    }

    @Test func everyCompletionIsToldOfOnceAndSomeBeforeOthersHaveEnded() {
        var settings = GenerationSettings(maxNewTokens: 6)
        settings.concurrentCompletions = 4
        let told = Mutex<[CompletionPlace: String]>([:])
        let steps = Mutex(0)
        let firstEnd = Mutex<Int?>(nil)
        let requests = prompts.enumerated().map { place, prompt in
            GenerationRequest(
                prompt: prompt.tokens,
                streams: (0..<4).map { RandomStream(0, 0, UInt64(place), $0) })
        }
        let completions = model.generate(
            requests, settings: settings,
            goesOn: { _ in
                steps.withLock { $0 += 1 }
                return true
            },
            finished: { place, completion in
                told.withLock { $0[place, default: ""] += "\(completion.tokens)" }
                firstEnd.withLock { $0 = $0 ?? steps.withLock { $0 } }
            })
        var expected: [CompletionPlace: String] = [:]
        for (request, group) in completions.enumerated() {
            for (sample, completion) in group.enumerated() {
                expected[CompletionPlace(request: request, sample: sample)] =
                    "\(completion.tokens)"
            }
        }
        #expect(told.withLock { $0 } == expected)
        #expect(firstEnd.withLock { $0 ?? .max } < steps.withLock { $0 } - 1)
    }

    /// Other tests keep the process's threads busy: a reward may wait long for one of them.
    @Test func aRewardHasItsCompletionBeforeTheNextIsSampled() async throws {
        let groups = model.rollouts(
            of: prompts, groupSize: 2, settings: GenerationSettings(maxNewTokens: 2), seed: 0,
            step: 0)
        let scored = DispatchSemaphore(value: 0)
        let reward = Reward("seen") { input in
            scored.signal()
            return Double(input.tokenCount)
        }
        let result = try await withTaskExecutorPreference(TensorThread.shared) {
            var clock = StageClock()
            return try await sampleAndScore(with: [reward], step: 1, clock: &clock) { finished in
                for (request, group) in groups.enumerated() {
                    for (sample, rollout) in group.rollouts.enumerated() {
                        let place = CompletionPlace(request: request, sample: sample)
                        finished(group.prompt, place, rollout)
                        #expect(scored.wait(timeout: .now() + 600) == .success)
                    }
                }
                return groups
            }
        }
        #expect(result.map { $0.scores.map(\.total) } == groups.map { $0.rollouts.map { _ in 2 } })
    }

    /// Sampling that begins anew, with less memory, tells of what had ended before once more.
    @Test func aCompletionThatIsToldOfAgainIsScoredOnce() async throws {
        let groups = model.rollouts(
            of: prompts, groupSize: 2, settings: GenerationSettings(maxNewTokens: 2), seed: 0,
            step: 0)
        let asked = Mutex(0)
        let reward = Reward("counted") { _ in
            asked.withLock { count in
                count += 1
                return Double(count)
            }
        }
        var clock = StageClock()
        let result = try await sampleAndScore(with: [reward], step: 1, clock: &clock) { finished in
            for _ in 0..<2 {
                for (request, group) in groups.enumerated() {
                    for (sample, rollout) in group.rollouts.enumerated() {
                        finished(
                            group.prompt, CompletionPlace(request: request, sample: sample),
                            rollout)
                    }
                }
            }
            return groups
        }
        #expect(asked.withLock { $0 } == 6)
        #expect(result.flatMap { $0.scores.compactMap(\.total) }.sorted() == [1, 2, 3, 4, 5, 6])
    }

    /// A program that is ended for the stop answers nothing: whatever the policy, that is no failure
    /// and no score, or a run that goes on from there would have another result.
    @Test(arguments: [FailurePolicy.drop, .fail, .score(0)])
    func aStopWhileAProgramIsWaitedForIsNoFailureOfIt(policy: FailurePolicy) async throws {
        let groups = model.rollouts(
            of: prompts, groupSize: 4, settings: GenerationSettings(maxNewTokens: 2), seed: 0,
            step: 0)
        for _ in 0..<5 {
            let answers = "while read line; do sleep 0.02; echo '{}'; done"
            var rewards = try Reward.program(
                name: "slow", ProgramSettings(command: ["/bin/sh", "-c", answers]))
            for place in rewards.indices { rewards[place].onFailure = policy }
            let end = ContinuousClock.now + .milliseconds(60)
            await #expect(throws: StepInterrupted.self) {
                _ = try await scores(
                    of: groups, with: rewards, stop: StopRequest { ContinuousClock.now > end })
            }
        }
    }

    @Test func aFailureToSampleIsThrownAndEndsTheScoring() async {
        struct Stopped: Error {}
        await #expect(throws: Stopped.self) {
            var clock = StageClock()
            _ = try await sampleAndScore(
                with: [Reward("one") { _ in 1 }], step: 1, clock: &clock
            ) { _ in throw Stopped() }
        }
    }
}
