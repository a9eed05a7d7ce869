import LanguageModels
import Rewards
import TestSupport
import Testing

@testable import GRPO

@Suite struct TrainerTests {
    private let reward = Reward("one") { _ in 1 }

    private func failure(
        prompts: [String] = ["1+1="], rewards: [Reward]? = nil,
        _ change: (inout TrainerSettings) -> Void = { _ in }
    ) throws -> TrainerError? {
        let model = try Fixtures.model("qwen2-tiny")
        var settings = TrainerSettings(steps: 1, learningRate: 1e-3)
        settings.grpo.generation.maxNewTokens = 4
        change(&settings)
        do throws(TrainerError) {
            _ = try Trainer(
                model: model, prompts: prompts.map { Prompt($0, model: model) },
                rewards: rewards ?? [reward], settings: settings)
            return nil
        } catch {
            return error
        }
    }

    @Test func settingsThatCannotTrainAreRefused() throws {
        #expect(try failure() == nil)
        #expect(try failure { $0.grpo.groupSize = 1 } == .groupTooSmall(1))
        #expect(try failure(rewards: []) == .noReward)
        #expect(try failure(prompts: []) == .noPrompt)
        #expect(try failure(prompts: ["A", ""]) == .emptyPrompt(place: 1))
        #expect(try failure { $0.grpo.generation.sampling.temperature = 0 } == .greedySampling)
        let divergence = Divergence(coefficient: .fixed(0.1))
        #expect(try failure { $0.grpo.objective.divergence = divergence } == .noReference)
        let error = try failure { $0.grpo.objective.topEntropyShare = 0 }
        let noStep = try failure { $0.grpo.miniBatches = 0 }
        #expect(
            noStep?.description == "objective: mini-batches is 0.0, expected at least 1.")
        #expect(
            error?.description
                == "objective: top entropy share is 0.0, expected above 0 and at most 1.")
    }

    @Test func aPromptLongerThanTheContextIsNamed() throws {
        let long = String(repeating: "X", count: 5000)
        let error = try #require(try failure(prompts: ["A", long]))
        #expect(error.description.hasPrefix("prompt 2: 5000 tokens and up to 4 new ones"))
        #expect(error.description.contains("rollout.max_new_tokens"))
    }

    @Test func iterationEndsAfterTheLastStep() async throws {
        let model = try Fixtures.model("qwen2-tiny")
        var settings = TrainerSettings(steps: 3, learningRate: 1e-3)
        settings.promptsPerStep = 1
        settings.grpo.groupSize = 2
        settings.grpo.generation.maxNewTokens = 2
        let trainer = try Trainer(
            model: model, prompts: [Prompt("A", model: model)], rewards: [reward],
            settings: settings)
        var steps: [Int] = []
        for try await metrics in trainer { steps.append(metrics.step) }
        #expect(steps == [1, 2, 3])
        #expect(try await trainer.nextStep() == nil)
    }
}
