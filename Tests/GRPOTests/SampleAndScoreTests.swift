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
