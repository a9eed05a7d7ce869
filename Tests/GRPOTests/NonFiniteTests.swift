import Foundation
import LanguageModels
import NeuralNetwork
import Rewards
import TestSupport
import Testing
import Torch

@testable import GRPO

/// Losses and gradients that are not finite: the update is left out, and its rows are named.
@Suite struct NonFiniteTests {
    private func settings(_ change: (inout GRPOSettings) -> Void = { _ in }) -> GRPOSettings {
        var settings = GRPOSettings()
        settings.groupSize = 4
        settings.generation = GenerationSettings(maxNewTokens: 5)
        change(&settings)
        return settings
    }

    private func weights(_ model: LanguageModel) -> [[Float]] {
        model.decoder.parameters.map(\.value.floats)
    }

    /// Spoils what the model knows of one token.
    private func spoil(_ model: LanguageModel, token: Int) {
        let table = model.decoder.parameters[0].value
        withoutGradients {
            table.narrowed(0, from: token, count: 1).multiplyInPlace(.nan)
        }
    }

    @Test func aSpoiledWeightLeavesEveryUpdateOutAndEndsTheTraining() async throws {
        let model = try Fixtures.model("qwen2-tiny")
        spoil(model, token: 65)
        var settings = TrainerSettings(steps: 100, learningRate: 0.1)
        settings.promptsPerStep = 2
        settings.grpo = self.settings { $0.maxNonFiniteSteps = 4 }
        let trainer = try Trainer(
            model: model, prompts: threePrompts(model), rewards: [bytesModulo7], settings: settings)
        let before = model.decoder.parameters.dropFirst().map(\.value.floats)
        var steps = 0
        let error = await #expect(throws: NonFiniteTrainingError.self) {
            while let result = try await trainer.nextStep() {
                steps += 1
                #expect(result.metrics["updates/skipped"] == 1)
                #expect(result.nonFinite.map(\.step) == [steps])
                #expect(result.nonFinite[0].cause == .loss)
            }
        }
        #expect(steps == 4 && error?.updates == 4)
        #expect("\(try #require(error))".contains("training.max_nonfinite_steps"))
        #expect(model.decoder.parameters.dropFirst().map(\.value.floats) == before)
        try withTemporaryFolder { folder in
            #expect(throws: ModelError.self) {
                try model.save(to: folder.appending(path: "model"))
            }
            let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            #expect(left == [])
        }
    }

    /// A token that one prompt alone has: its completions are the rows, and no others.
    @Test(arguments: [1, 1 << 20])
    func theRowsAreThoseOfThePromptThatIsSpoiled(microBatchTokens: Int) async throws {
        let model = try Fixtures.model("qwen2-tiny")
        var shape = model.decoder.configuration
        shape.tiesEmbeddings = false
        let policy = try LanguageModel(random: shape, seed: 3)
        let tokens = ["AB", "CQ", "AD"]
        spoil(policy, token: policy.tokenizer.encode("Q")[0])
        let step = GRPOStep(
            policy: policy, rewards: [bytesModulo7],
            settings: settings { $0.microBatchTokens = microBatchTokens })
        let before = policy.decoder.parameters.dropFirst().map(\.value.floats)
        let result = try await step(
            tokens.map { Prompt($0, model: policy) }, step: 7, learningRate: 0.1)
        let fault = try #require(result.nonFinite.first)
        #expect(fault.step == 8 && fault.update == 1 && fault.cause == .loss)
        let expected = (0..<4).map { CompletionPlace(request: 1, sample: $0) }
        #expect(fault.rows.filter { $0.request == 1 } == expected)
        // Where Q was sampled for another prompt it is spoiled as well.
        #expect(
            fault.rows.filter { $0.request != 1 }.allSatisfy {
                result.groups[$0.request].group.rollouts[$0.sample].text.contains("Q")
            })
        #expect(policy.decoder.parameters.dropFirst().map(\.value.floats) == before)
        let line = try #require(result.faultLines.first)
        #expect(
            line.contains(#""action":"skipped""#) && line.contains(#""prompt":"CQ""#), "\(line)")
    }

    /// An advantage of 10³⁸ has a finite loss, and a gradient whose square is not.
    @Test func aGradientAloneNamesTheRowsOfItsMicroBatch() async throws {
        let model = try Fixtures.model("qwen2-tiny")
        let huge = Reward("huge") { input in
            input.prompt == "A" ? Double(input.completion.utf8.reduce(0, ^)) * 1e34 : 1
        }
        let step = GRPOStep(
            policy: model, rewards: [huge],
            settings: settings {
                $0.advantage = .groupMean
                $0.microBatchTokens = 1
            })
        let before = weights(model)
        let result = try await step(threePrompts(model), step: 0, learningRate: 0.1)
        let fault = try #require(result.nonFinite.first)
        #expect(!fault.rows.isEmpty && fault.rows.allSatisfy { $0.request == 0 }, "\(fault)")
        #expect(weights(model) == before)
        #expect(fault.warning.contains("step 1: optimizer step 1 was left out"))
    }

    @Test func aCoefficientThatAdaptsIsNotSpoiled() async throws {
        let model = try Fixtures.model("qwen2-tiny")
        spoil(model, token: 65)
        let step = GRPOStep(
            policy: model, rewards: [bytesModulo7],
            settings: settings {
                $0.objective.entropyBonus = .adaptive(target: 0.1, initial: 0.01)
            })
        let before = step.objectiveState
        _ = try await step(threePrompts(model), step: 0, learningRate: 0.1)
        #expect(step.objectiveState == before)
    }

    @Test func anUpdateThatIsMadeStartsTheCountAnew() {
        let safeguards = Safeguards(microBatchTokens: 1, maxNonFiniteSteps: 2)
        for isSkipped in [true, false, true] { safeguards.count(isSkipped: isSkipped) }
        #expect(throws: Never.self) { try safeguards.checkFinite() }
        safeguards.count(isSkipped: true)
        #expect(throws: NonFiniteTrainingError(updates: 2)) { try safeguards.checkFinite() }
    }

    @Test(arguments: [true, false])
    func neitherNetworkOfPPOIsTouched(policyIsSpoiled: Bool) async throws {
        let model = try Fixtures.model("qwen2-tiny")
        let value = try ValueNetwork(.separate, of: model)
        if policyIsSpoiled {
            spoil(model, token: 65)
        } else {
            withoutGradients { value.trunk.parameters[0].value.multiplyInPlace(.infinity) }
        }
        var settings = PPOSettings()
        (settings.groupSize, settings.passes) = (2, 2)
        settings.generation = GenerationSettings(maxNewTokens: 5)
        let step = PPOStep(
            policy: model, value: value, rewards: [bytesModulo7], settings: settings)
        let bits = {
            (model.decoder.parameters + value.parameters).map {
                $0.value.floats.map(\.bitPattern)
            }
        }
        let before = bits()
        let result = try await step(threePrompts(model), step: 0, learningRate: 0.1)
        #expect(result.nonFinite.map(\.update) == [1, 2])
        #expect(result.nonFinite.allSatisfy { !$0.rows.isEmpty })
        #expect(bits() == before)
    }

    @Test func aSupervisedStepNamesItsExamples() throws {
        var shape = DecoderConfiguration(.nano)
        shape.tiesEmbeddings = false
        let model = try LanguageModel(random: shape, seed: 1)
        let step = SupervisedStep(
            model: model, optimizer: AdamW.Settings(), microBatchTokens: 8, maxGradientNorm: 1,
            maxNonFiniteSteps: 1)
        let examples = [("A", "B"), ("C", "Q"), ("D", "E")].map {
            SupervisedExample(prompt: $0, answer: $1, model: model)
        }
        let fine = try step(examples, learningRate: 1e-3)
        #expect(fine.nonFinite == nil && fine.loss.isFinite)
        withoutGradients {
            model.decoder.parameters[0].value
                .narrowed(0, from: model.tokenizer.encode("C")[0], count: 1)
                .multiplyInPlace(.infinity)
        }
        let before = weights(model)
        let spoiled = try step(examples, learningRate: 1e-3)
        let fault = try #require(spoiled.nonFinite)
        #expect(fault.cause == .loss && fault.rows == [CompletionPlace(request: 1, sample: 0)])
        #expect(weights(model).map { $0.map(\.bitPattern) } == before.map { $0.map(\.bitPattern) })
        #expect(throws: NonFiniteTrainingError.self) { try step(examples, learningRate: 1e-3) }
    }
}
