import LanguageModels
import NeuralNetwork
import Rewards
import TestSupport
import Testing

@testable import GRPO

@Suite struct PPOTrainerTests {
    /// The share of the completion that is digits, as in Examples/Library.
    private static let digits = Reward("digits") { input in
        Double(input.completion.filter { "0123456789".contains($0) }.count) / 8
    }

    private static var ppo: PPOSettings {
        var ppo = PPOSettings()
        ppo.groupSize = 8
        ppo.generation.maxNewTokens = 8
        return ppo
    }

    @Test(arguments: [ValueNetworkForm.separate, .shared()])
    func aRandomModelLearnsToWriteDigits(form: ValueNetworkForm) async throws {
        let model = try LanguageModel(random: DecoderConfiguration(.nano), seed: 1)
        var settings = TrainerSettings(steps: 20, learningRate: 3e-3)
        settings.promptsPerStep = 8
        settings.algorithm = .ppo(Self.ppo)
        let trainer = try Trainer(
            model: model, value: try ValueNetwork(form, of: model),
            prompts: (0..<100).map { Prompt("\($0)+\($0)=", model: model) },
            rewards: [Self.digits], settings: settings)
        var curve: [StepMetrics] = []
        for try await metrics in trainer { curve.append(metrics) }
        #expect(curve[0].reward < 0.15)
        #expect(curve[19].reward > 0.7)
        // The values have followed the rewards.
        #expect(abs((curve[19]["value/mean"] ?? 0) - curve[19].reward) < 0.2)
    }

    @Test func settingsThatCannotTrainAreRefused() throws {
        let model = try Fixtures.model("qwen2-tiny")
        let failure = { (change: (inout PPOSettings) -> Void, value: ValueNetwork?) in
            var (ppo, settings) = (Self.ppo, TrainerSettings(steps: 1, learningRate: 1e-3))
            change(&ppo)
            settings.algorithm = .ppo(ppo)
            do throws(TrainerError) {
                _ = try Trainer(
                    model: model, value: value, prompts: [Prompt("A", model: model)],
                    rewards: [Self.digits], settings: settings)
                return nil as TrainerError?
            } catch {
                return error
            }
        }
        let value = try ValueNetwork(.shared(), of: model)
        #expect(failure({ _ in }, value) == nil)
        #expect(failure({ $0.groupSize = 1 }, value) == nil)
        #expect(failure({ $0.groupSize = 0 }, value) == .noCompletion)
        #expect(failure({ _ in }, nil) == .noValueNetwork)
        let penalty = DivergencePenalty(coefficient: 0.1)
        #expect(failure({ $0.divergencePenalty = penalty }, value) == .noReference)
        let divergence = Divergence(coefficient: .fixed(0.1))
        #expect(failure({ $0.objective.divergence = divergence }, value) == .noReference)
        let noPass = ObjectiveError.number("passes", found: 0, allowed: "at least 1")
        #expect(failure({ $0.passes = 0 }, value) == .objective(noPass))
        #expect(failure({ $0.generation.sampling.temperature = 0 }, value) == .greedySampling)
    }
}
