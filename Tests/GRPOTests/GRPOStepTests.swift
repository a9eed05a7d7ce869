import Foundation
import LanguageModels
import NeuralNetwork
import Rewards
import TestSupport
import Testing
import Torch

@testable import GRPO

@Suite struct GRPOStepTests {
    private func settings(_ change: (inout GRPOSettings) -> Void = { _ in }) -> GRPOSettings {
        var settings = GRPOSettings()
        settings.groupSize = 4
        settings.generation = GenerationSettings(maxNewTokens: 5)
        settings.maxGradientNorm = 1e9
        change(&settings)
        return settings
    }

    private func weights(_ model: LanguageModel) -> [[Double]] {
        model.decoder.parameters.map(\.value.doubles)
    }

    /// A decoder without blocks whose embedding is 1: the logits are its output weights w, so that
    /// ∂ log π(a) / ∂ w_v = 1[a = v] − π_v, and with advantages that add up to zero the gradient
    /// of the loss is −1/N · Σ Aᵢ 1[aᵢ = v].
    @Test func aStepIsTheHandComputedOne() async throws {
        var shape = DecoderConfiguration(.nano)
        (shape.vocabularySize, shape.layerCount, shape.tiesEmbeddings) = (257, 0, false)
        (shape.hiddenSize, shape.headCount, shape.keyValueHeadCount) = (1, 1, 1)
        (shape.headWidth, shape.feedForwardSize, shape.normEpsilon) = (2, 1, 0)
        let source = ParameterSource { name, shape, _ in
            if name != "lm_head.weight" { return Tensor.zeros(shape) + 1 }
            // Only four of 257 tokens are likely, so that completions repeat.
            return Tensor((0..<257).map { $0 < 4 ? 0.25 * Double($0) : -30 })
                .to(.float32).reshaped(shape)
        }
        let model = LanguageModel(
            decoder: try Decoder(shape, from: source), tokenizer: .byteLevel(), stopTokens: [])
        let reward = Reward("first") { $0.completion.utf8.first.map(Double.init) }
        let step = GRPOStep(
            policy: model, rewards: [reward],
            settings: settings {
                $0.advantage = .groupMean
                $0.generation.maxNewTokens = 1
            })
        let before = model.decoder.outputWeight.doubles

        let result = try await step(threePrompts(model), step: 0, learningRate: 0.01)

        var gradient = [Double](repeating: 0, count: 257)
        // The norm's weight scales the logits: ∂ log π(a) / ∂ scale = w_a − Σ π w.
        var scaleGradient = 0.0
        for (group, advantages) in zip(result.groups, result.advantages) {
            let tokens = group.group.rollouts.map { $0.completion.tokens[0] }
            let mean = Double(tokens.reduce(0, +)) / 4
            for (token, advantage) in zip(tokens, advantages) {
                #expect(advantage == Double(token) - mean)
                gradient[token] -= advantage / 12
                scaleGradient -= advantage / 12 * before[token]
            }
        }
        let norm = gradient.reduce(scaleGradient * scaleGradient) { $0 + $1 * $1 }.squareRoot()
        #expect(norm > 0.01, "the case must have a signal")
        #expect(abs((result.metrics["grad_norm"] ?? 0) - norm) < 1e-6)
        // At the first pass the ratio is 1, so the loss is minus the mean advantage.
        #expect(abs(result.metrics["loss"] ?? 1) < 1e-6)
        // AdamW's first update is the learning rate against the sign of the gradient.
        for (token, (old, new)) in zip(before, model.decoder.outputWeight.doubles).enumerated()
        where abs(gradient[token]) > 1e-3 {
            #expect(abs(new - (old - 0.01 * (gradient[token] > 0 ? 1 : -1))) < 1e-5)
        }
    }

    @Test func microBatchesAddUpToTheStep() async throws {
        var results: [[Double]] = []
        for budget in [1, 17, 1 << 20] {
            let model = try Fixtures.model("qwen2-tiny")
            let step = GRPOStep(
                policy: model, rewards: [bytesModulo7],
                settings: settings { $0.microBatchTokens = budget })
            let result = try await step(threePrompts(model), step: 0, learningRate: 1e-3)
            #expect(result.metrics["groups/informative"] ?? 0 > 0)
            results.append(["grad_norm", "entropy", "loss"].map { result.metrics[$0] ?? .nan })
        }
        for result in results {
            #expect(largestRelativeDifference(result, results[2], floor: 1) < 1e-6)
        }
    }

    @Test func equalRewardsLeaveEveryWeightAsItWas() async throws {
        let model = try Fixtures.model("qwen2-tiny")
        let before = weights(model)
        let step = GRPOStep(
            policy: model, rewards: [Reward("same") { _ in 0.7 }],
            settings: settings { $0.groupSize = 16 })
        let metrics = try await step(threePrompts(model), step: 0, learningRate: 1e-2).metrics
        #expect(weights(model) == before)
        #expect(metrics["frac_reward_zero_std"] == 1)
        #expect(metrics["grad_norm"] == 0)
    }

    @Test func theSameSeedGivesTheSameWeights() async throws {
        var runs: [[[Double]]] = []
        for seed: UInt64 in [3, 3, 4] {
            let model = try Fixtures.model("llama-tiny")
            let step = GRPOStep(
                policy: model, rewards: [bytesModulo7], settings: settings { $0.seed = seed })
            for index in 0..<2 {
                _ = try await step(threePrompts(model), step: index, learningRate: 1e-3)
            }
            runs.append(weights(model))
        }
        #expect(runs[0] == runs[1])
        #expect(runs[0] != runs[2])
    }

    @Test func freshRolloutsHaveARatioOfOne() async throws {
        let model = try Fixtures.model("llama-tiny")
        let step = GRPOStep(policy: model, rewards: [bytesModulo7], settings: settings())
        let metrics = try await step(threePrompts(model), step: 0, learningRate: 1e-3).metrics
        #expect(metrics["logp_drift"] ?? 1 < 1e-4)
        #expect(metrics["clip_ratio/region_mean"] == 0)
    }

    @Test func laterPassesMoveTheRatioAndAreClipped() async throws {
        let model = try Fixtures.model("llama-tiny")
        let step = GRPOStep(
            policy: model, rewards: [bytesModulo7], settings: settings { $0.passes = 4 })
        let metrics = try await step(threePrompts(model), step: 0, learningRate: 5e-2).metrics
        #expect(metrics["ratio/max"] ?? 0 > 1.2)
        #expect(metrics["clip_ratio/region_mean"] ?? 0 > 0)
    }

    @Test func miniBatchesAreOptimizerStepsOfTheirOwn() async throws {
        var results: [(weights: [[Double]], loss: Double)] = []
        for miniBatches in [1, 3, 3, 64] {
            let model = try Fixtures.model("llama-tiny")
            let step = GRPOStep(
                policy: model, rewards: [bytesModulo7],
                settings: settings {
                    $0.miniBatches = miniBatches
                    $0.passes = 2
                })
            let metrics = try await step(threePrompts(model), step: 0, learningRate: 1e-3).metrics
            #expect(metrics["logp_drift"] ?? 1 < 1e-4, "only before the first update")
            results.append((weights(model), metrics["loss"] ?? .nan))
        }
        #expect(results[0].weights != results[1].weights)
        #expect(results[1].weights == results[2].weights)
        #expect(results[1].weights == results[3].weights, "there are three groups")
    }

    @Test func everyTermOfTheLossIsLogged() async throws {
        let model = try Fixtures.model("llama-tiny")
        let step = GRPOStep(
            policy: model, reference: try Fixtures.model("llama-tiny"), rewards: [bytesModulo7],
            settings: settings {
                $0.passes = 2
                $0.microBatchTokens = 9
                $0.objective.ratio = .sequence
                $0.objective.divergence = Divergence(
                    coefficient: .adaptive(initial: 0.5, target: 1e-6, horizon: 100))
                $0.objective.entropyBonus = .adaptive(target: 100, initial: 0.01)
                $0.objective.topEntropyShare = 0.5
                $0.objective.offPolicyThreshold = 0
            })
        let metrics = try await step(threePrompts(model), step: 0, learningRate: 1e-2).metrics
        let value = { (name: String) in metrics[name] ?? .nan }
        #expect(value("loss/kl") > 0)
        #expect(value("loss/entropy") < 0, "the second pass has a bonus")
        #expect(abs(value("policy_loss") - value("loss/surrogate") - value("loss/kl")) < 1e-12)
        #expect(abs(value("loss") - value("policy_loss") - value("loss/entropy")) < 1e-12)
        // Two optimizer steps of twelve completions: the first has a divergence of 0.
        #expect(abs(value("kl_coef") - 0.5 * (1 - 0.024) * (1 + 0.024)) < 1e-9)
        #expect(abs(value("entropy_coef") - 0.02) < 1e-12)
        #expect((0...1).contains(value("off_policy/dropped")))
    }

    @Test func anObjectiveThatMakesNoSenseTrapsInTheStep() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent])
        {
            var settings = GRPOSettings()
            settings.objective.ratio = .none
            guard let model = try? Fixtures.model("qwen2-tiny") else { return }
            _ = GRPOStep(policy: model, rewards: [], settings: settings)
        }
        let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(text.contains("ratio none and trust region clip do not go together"))
    }

    @Test func theReferenceHoldsThePolicyBack() async throws {
        let model = try Fixtures.model("qwen2-tiny")
        let step = GRPOStep(
            policy: model, reference: try Fixtures.model("qwen2-tiny"),
            rewards: [Reward("same") { _ in 1 }],
            settings: settings {
                $0.objective.divergence = Divergence(coefficient: .fixed(0.1))
            })
        let metrics = try await step(threePrompts(model), step: 0, learningRate: 1e-3).metrics
        // Policy and reference are the same, so the divergence and its gradient are rounding.
        #expect(metrics["kl"] ?? 1 < 1e-8)
        #expect(metrics["grad_norm"] ?? 1 < 1e-4)
    }

    @Test func aRewardThatThrowsLeavesThePolicyAsItWas() async throws {
        struct Broken: Error {}
        let model = try Fixtures.model("qwen2-tiny")
        let before = weights(model)
        let step = GRPOStep(
            policy: model, rewards: [Reward("broken") { _ in throw Broken() }],
            settings: settings())
        await #expect(throws: ScoringError.self) {
            _ = try await step(threePrompts(model), step: 0, learningRate: 1e-2)
        }
        #expect(weights(model) == before)
    }

    @Test func aFailedRewardIsNotAScore() async throws {
        struct Broken: Error {}
        let model = try Fixtures.model("qwen2-tiny")
        let groups = model.rollouts(
            of: threePrompts(model), groupSize: 2, settings: GenerationSettings(maxNewTokens: 2),
            seed: 0, step: 0)
        let half = Reward("half") { input in
            if input.prompt == "A" { throw Broken() }
            return input.prompt == "7" ? .infinity : 1
        }
        let scored = try await score(groups, with: [half])
        #expect(scored[0].scores.allSatisfy { $0.total == nil && $0.failure != nil })
        #expect(scored[1].scores.allSatisfy { $0.total == 1 })
        #expect(scored[2].scores.allSatisfy { $0.total == nil && $0.failure != nil })
    }
}
