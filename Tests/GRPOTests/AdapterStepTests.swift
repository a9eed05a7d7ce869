import LanguageModels
import NeuralNetwork
import Rewards
import TestSupport
import Testing
import Torch

@testable import GRPO

/// The steps with a low-rank adapter and with recomputed blocks.
@Suite struct AdapterStepTests {
    /// The tiny model with an adapter that changes what it computes.
    private func model(dropout: Double = 0, dtype: DType = .float32) throws -> LanguageModel {
        var settings = LowRankAdapterSettings(rank: 3, alpha: 6)
        settings.dropout = dropout
        let model = try Fixtures.model("qwen2-tiny", dtype: dtype)
            .adapted(by: LowRankAdapter(new: settings, seed: 7))
        withoutGradients {
            for (place, layer) in (model.decoder.adapter?.layers ?? []).enumerated() {
                layer.up.value.copyInPlace(
                    .normal(deviation: 0.1, seed: UInt64(place), shape: layer.up.value.shape))
            }
        }
        return model
    }

    private func settings(_ change: (inout GRPOSettings) -> Void = { _ in }) -> GRPOSettings {
        var settings = GRPOSettings()
        settings.groupSize = 4
        settings.generation = GenerationSettings(maxNewTokens: 5)
        settings.maxGradientNorm = 1e9
        change(&settings)
        return settings
    }

    private func ppo(_ budget: Int = 1 << 20) -> PPOSettings {
        var settings = PPOSettings()
        settings.groupSize = 4
        settings.generation = GenerationSettings(maxNewTokens: 5)
        settings.microBatchTokens = budget
        return settings
    }

    private func weights(_ parameters: [Parameter]) -> [[Double]] {
        parameters.map(\.value.doubles)
    }

    @Test func microBatchesAddUpWithAnAdapter() async throws {
        var results: [[Double]] = []
        for budget in [1, 17, 1 << 20] {
            let model = try model()
            let step = GRPOStep(
                policy: model, rewards: [bytesModulo7],
                settings: settings { $0.microBatchTokens = budget })
            let result = try await step(threePrompts(model), step: 0, learningRate: 1e-3)
            results.append(["grad_norm", "entropy", "loss"].map { result.metrics[$0] ?? .nan })
        }
        #expect(results[2][0] > 0.01, "the case must have a signal")
        for result in results {
            #expect(largestRelativeDifference(result, results[2], floor: 1) < 1e-6)
        }
    }

    @Test(arguments: [DType.float32, .bfloat16])
    func onlyTheAdapterLearnsAndTheRatioOfFreshRolloutsIsOne(dtype: DType) async throws {
        let model = try model(dtype: dtype)
        let (frozen, learned) = (
            weights(model.decoder.parameters), weights(model.decoder.trainableParameters)
        )
        let step = GRPOStep(policy: model, rewards: [bytesModulo7], settings: settings())
        let metrics = try await step(threePrompts(model), step: 0, learningRate: 1e-2).metrics
        #expect(weights(model.decoder.parameters) == frozen)
        for (new, old) in zip(weights(model.decoder.trainableParameters), learned) {
            #expect(new != old)
        }
        // bfloat16 activations differ in the last of 8 bits between sampling and training.
        #expect(metrics["logp_drift"] ?? 1 < (dtype == .float32 ? 1e-4 : 0.2))
    }

    @Test func dropoutIsInTheUpdateAndNotInSampling() async throws {
        var results: [StepResult] = []
        for (dropout, seed) in [(0.0, UInt64(0)), (0.3, 0), (0.3, 0), (0.3, 1)] {
            let model = try model(dropout: dropout)
            let step = GRPOStep(
                policy: model, rewards: [bytesModulo7], settings: settings { $0.seed = seed })
            results.append(try await step(threePrompts(model), step: 0, learningRate: 1e-3))
        }
        let tokens = results.map { result in
            result.groups.flatMap { $0.group.rollouts.map(\.completion.tokens) }
        }
        #expect(tokens[0] == tokens[1] && tokens[1] != tokens[3])
        #expect(results[0].metrics["logp_drift"] ?? 1 < 1e-4)
        #expect(results[1].metrics["logp_drift"] ?? 0 > 1e-4)
        #expect(results[1].metrics["grad_norm"] == results[2].metrics["grad_norm"])
        #expect(results[1].metrics["grad_norm"] != results[0].metrics["grad_norm"])
    }

    @Test func theReferenceIsTheSameModelWithoutTheAdapter() async throws {
        let model = try model()
        let reference = try model.adapted(by: nil)
        let step = GRPOStep(
            policy: model, reference: reference, rewards: [Reward("same") { _ in 1 }],
            settings: settings { $0.objective.divergence = Divergence(coefficient: .fixed(0.1)) })
        let first = try await step(threePrompts(model), step: 0, learningRate: 1e-2).metrics
        #expect(first["kl"] ?? 0 > 1e-4, "the adapter has moved the policy")
        for index in 1..<15 {
            _ = try await step(threePrompts(model), step: index, learningRate: 1e-2)
        }
        let last = try await step(threePrompts(model), step: 0, learningRate: 1e-2).metrics
        #expect((last["kl"] ?? 1) < 0.5 * (first["kl"] ?? 0), "it is pulled back")
    }

    @Test func aReferenceThatMovesIsRefused() throws {
        let model = try model()
        var settings = TrainerSettings(steps: 1, learningRate: 1e-3)
        settings.grpo.generation.maxNewTokens = 4
        settings.grpo.referenceUpdate = .mixed(share: 0.5, every: 1)
        #expect(throws: TrainerError.adapterCannotMoveReference) {
            try Trainer(
                model: model, prompts: [Prompt("A", model: model)], rewards: [bytesModulo7],
                settings: settings)
        }
    }

    @Test(arguments: PPOStepTests.forms)
    func ppoTrainsTheAdaptersAndTheHead(form: ValueNetworkForm) async throws {
        var results: [[Double]] = []
        for budget in [1, 1 << 20] {
            let model = try model()
            let value = try ValueNetwork(form, of: model)
            let frozen = weights(model.decoder.parameters)
            let before = weights(value.parameters)
            let step = PPOStep(
                policy: model, value: value, rewards: [bytesModulo7], settings: ppo(budget))
            var numbers: [Double] = []
            for index in 0..<2 {
                let metrics = try await step(
                    threePrompts(model), step: index, learningRate: 1e-3
                ).metrics
                numbers += ["grad_norm", "loss", "value_loss", "value/grad_norm"]
                    .map { metrics[$0] ?? .nan }
            }
            results.append(numbers)
            #expect(weights(model.decoder.parameters) == frozen)
            #expect(weights(value.trunk.parameters) == frozen)
            #expect(weights(value.parameters) != before)
        }
        #expect(largestRelativeDifference(results[0], results[1], floor: 1) < 1e-5)
    }

    @Test(arguments: [false, true])
    func recomputedBlocksGiveTheSameSteps(withAdapter: Bool) async throws {
        var results: [[[Double]]] = []
        for recomputes in [false, true] {
            let model = try withAdapter ? model(dropout: 0.2) : Fixtures.model("qwen2-tiny")
            model.decoder.recomputesBlocks = recomputes
            let value = try ValueNetwork(.shared(), of: model)
            let (group, actor) = (
                GRPOStep(policy: model, rewards: [bytesModulo7], settings: settings()),
                PPOStep(policy: model, value: value, rewards: [bytesModulo7], settings: ppo())
            )
            // One group is one pass in both cases: several would be summed in another order.
            let prompts = Array(threePrompts(model).prefix(1))
            var numbers: [Double] = []
            for index in 0..<2 {
                numbers.append(
                    try await group(prompts, step: index, learningRate: 1e-3)
                        .metrics["grad_norm"] ?? .nan)
                numbers.append(
                    try await actor(prompts, step: index, learningRate: 1e-3)
                        .metrics["grad_norm"] ?? .nan)
            }
            results.append(weights(model.decoder.trainableParameters) + [numbers])
        }
        #expect(results[0] == results[1])
    }

    @Test func aRandomModelLearnsToWriteDigitsByItsAdapter() async throws {
        // Frozen embeddings of the usual size would keep all logits near 0.
        var shape = DecoderConfiguration(.nano)
        shape.initializerDeviation = 0.2
        let base = try LanguageModel(random: shape, seed: 1)
        let model = try base.adapted(
            by: LowRankAdapter(new: LowRankAdapterSettings(rank: 8, alpha: 32), seed: 1))
        var settings = TrainerSettings(steps: 25, learningRate: 1e-2)
        settings.promptsPerStep = 8
        settings.grpo.generation.maxNewTokens = 8
        let digits = Reward("digits") { input in
            Double(input.completion.filter { "0123456789".contains($0) }.count) / 8
        }
        let trainer = try Trainer(
            model: model, prompts: (0..<100).map { Prompt("\($0)+\($0)=", model: model) },
            rewards: [digits], settings: settings)
        var curve: [Double] = []
        for try await metrics in trainer { curve.append(metrics.reward) }
        #expect(curve[0] < 0.15)
        #expect((curve.last ?? 0) > 0.6, "\(curve)")
    }
}
