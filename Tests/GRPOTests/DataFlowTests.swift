import LanguageModels
import Rewards
import TestSupport
import Testing

@testable import GRPO

/// What `GRPOStep` makes of the stages before the batch.
@Suite struct DataFlowTests {
    private func run(
        _ names: [String] = ["A", "LONG PROMPT", "7"], reserve: [String] = [],
        rewards: [Reward] = [bytesModulo7], reference: LanguageModel? = nil,
        _ change: (inout GRPOSettings) -> Void
    ) async throws -> (result: StepResult, weights: [[Double]]) {
        let model = try Fixtures.model("qwen2-tiny")
        var settings = GRPOSettings()
        settings.groupSize = 4
        settings.generation = GenerationSettings(maxNewTokens: 5)
        change(&settings)
        let step = GRPOStep(
            policy: model, reference: reference, rewards: rewards, settings: settings)
        let result = try await step(
            names.map { Prompt($0, model: model) },
            reserve: reserve.map { Prompt($0, model: model) },
            step: 0, learningRate: 1e-3)
        return (result, model.decoder.parameters.map(\.value.doubles))
    }

    @Test func aStepOfMaskedCompletionsMovesNothing() async throws {
        let masked = try await run { $0.truncation = .mask }
        let start = try Fixtures.model("qwen2-tiny").decoder.parameters.map(\.value.doubles)
        #expect(masked.weights == start)
        #expect(masked.result.metrics["completions/clipped_ratio"] == 1)
        #expect(masked.result.advantages.joined().contains { $0 != 0 })
    }

    /// The completions that end are trained on as if each other one had an advantage of 0: the
    /// baseline is the same, and so is the mean over sequences.
    @Test func maskedCompletionsStayInTheBaselineAndTheSequenceMean() async throws {
        let set: (inout GRPOSettings) -> Void = {
            $0.objective.aggregation = .sequenceMean
            $0.generation = GenerationSettings(
                maxNewTokens: 8, stopStrings: ["A", "B", "C", "D", "E", "F", "1", "2", "3"])
            $0.maxGradientNorm = 1e9
        }
        let masked = try await run {
            set(&$0)
            $0.truncation = .mask
        }
        let plain = try await run { set(&$0) }
        let share = plain.result.metrics["completions/clipped_ratio"] ?? 0
        #expect(share > 0 && share < 1, "the case must have both")
        #expect(masked.result.advantages == plain.result.advantages)
        // At the first pass the ratio is 1, so the loss is minus the sum of the advantages of those
        // trained on over all completions.
        let trained = zip(masked.result.groups, masked.result.advantages).flatMap { group, values in
            zip(group.group.rollouts, values).filter { $0.0.completion.finish != .length }.map(\.1)
        }
        let loss = -trained.reduce(0, +) / 12
        #expect(abs((masked.result.metrics["loss"] ?? 1) - loss) < 1e-5)
        #expect(masked.weights != plain.weights)
    }

    @Test func aReferenceThatIsThePolicyTakesNothingFromTheReward() async throws {
        let plain = try await run { $0.advantage = .leaveOneOut }
        let penalized = try await run(reference: try Fixtures.model("qwen2-tiny")) {
            $0.advantage = .leaveOneOut
            $0.divergencePenalty = DivergencePenalty(coefficient: 0.05)
        }
        #expect(
            largestDifference(
                plain.result.advantages.flatMap { $0 }, penalized.result.advantages.flatMap { $0 })
                < 1e-4)
    }

    @Test func discardedGroupsAreCountedAndReplaced() async throws {
        let half = Reward("half") { input in
            input.prompt == "A" ? 1 : try await bytesModulo7.score(input)
        }
        let (result, _) = try await run(["A", "7"], reserve: ["A", "9", "8"], rewards: [half]) {
            $0.groupFilter = .withSignal
        }
        #expect(result.groups.map(\.group.prompt.text) == ["7", "9"])
        #expect(result.metrics["groups/discarded"] == 2)
        #expect(result.metrics["sampling/rounds"] == 3)
        #expect(result.metrics["groups/informative"] == 2)
        #expect(result.metrics["frac_reward_zero_std"] == 0.5)
    }

    @Test func aStepInWhichNoGroupHasASignalMovesNothing() async throws {
        let (result, weights) = try await run(rewards: [Reward("same") { _ in 0.7 }]) {
            $0.groupFilter = .withSignal
        }
        let start = try Fixtures.model("qwen2-tiny").decoder.parameters.map(\.value.doubles)
        #expect(weights == start)
        #expect(result.groups.isEmpty)
        #expect(abs(result.metrics.reward - 0.7) < 1e-12)
    }
}
