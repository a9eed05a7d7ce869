import LanguageModels
import NeuralNetwork
import Rewards
import TestSupport
import Testing
import Torch

@testable import GRPO

@Suite struct PPOStepTests {
    static let forms: [ValueNetworkForm] = [
        .separate, .shared(), .shared(stopsGradient: true),
    ]

    private func settings(_ change: (inout PPOSettings) -> Void = { _ in }) -> PPOSettings {
        var settings = PPOSettings()
        settings.groupSize = 4
        settings.generation = GenerationSettings(maxNewTokens: 5)
        settings.maxGradientNorm = 1e9
        change(&settings)
        return settings
    }

    private func weights(_ parameters: [Parameter]) -> [[Double]] {
        parameters.map(\.value.doubles)
    }

    @Test(arguments: forms)
    func microBatchesAddUpToTheStep(form: ValueNetworkForm) async throws {
        var results: [[Double]] = []
        for budget in [1, 17, 1 << 20] {
            let model = try Fixtures.model("qwen2-tiny")
            let value = try ValueNetwork(form, of: model)
            let step = PPOStep(
                policy: model, value: value, rewards: [bytesModulo7],
                settings: settings { $0.microBatchTokens = budget })
            var numbers: [Double] = []
            // In the second step values differ from 0.
            for index in 0..<2 {
                let metrics = try await step(threePrompts(model), step: index, learningRate: 1e-3)
                    .metrics
                numbers += [
                    "grad_norm", "entropy", "loss", "value_loss", "value/grad_norm", "value/mean",
                    "value/explained_variance",
                ].map { metrics[$0] ?? .nan }
            }
            results.append(numbers)
        }
        #expect(abs(results[2][12]) > 1e-4, "the case must have values")
        for result in results {
            #expect(largestRelativeDifference(result, results[2], floor: 1) < 1e-5)
        }
    }

    /// With values that are all 0, no decay and no whitening, each token's advantage is the reward,
    /// and both losses are known.
    @Test func theFirstStepIsTheHandComputedOne() async throws {
        let model = try Fixtures.model("qwen2-tiny")
        let step = PPOStep(
            policy: model, value: try ValueNetwork(.separate, of: model), rewards: [bytesModulo7],
            settings: settings {
                $0.advantage = GeneralizedAdvantageEstimator(decay: 1, whitening: nil)
                $0.valueObjective.clip = nil
            })
        let result = try await step(threePrompts(model), step: 0, learningRate: 0)
        var (tokens, sum, squares) = (0.0, 0.0, 0.0)
        for (group, advantages) in zip(result.groups, result.advantages) {
            for (place, score) in group.scores.enumerated() {
                let reward = try #require(score.total)
                #expect(abs(advantages[place] - reward) < 1e-12)
                let count = Double(group.group.rollouts[place].completion.tokens.count)
                tokens += count
                sum += count * reward
                squares += count * reward * reward
            }
        }
        #expect(sum > 0, "the case must have rewards")
        // The ratio is 1, so the policy's loss is minus the mean advantage.
        #expect(abs((result.metrics["loss"] ?? 0) + sum / tokens) < 1e-5)
        #expect(abs((result.metrics["value_loss"] ?? 0) - squares / tokens / 2) < 1e-5)
        #expect(result.metrics["value/mean"] == 0)
        #expect(result.metrics["value/explained_variance"] == 0)
        #expect(result.metrics["time/values"] != nil)
        #expect(result.metrics["logp_drift"] ?? 1 < 1e-4)
    }

    @Test(arguments: forms)
    func warmUpTrainsTheValuesAndLeavesThePolicyAsItWas(form: ValueNetworkForm) async throws {
        let model = try Fixtures.model("qwen2-tiny")
        let value = try ValueNetwork(form, of: model)
        let step = PPOStep(
            policy: model, value: value, rewards: [bytesModulo7],
            settings: settings {
                $0.valueWarmUpSteps = 2
                $0.valueObjective.clip = nil
                $0.optimizer.weightDecay = 0.1
            })
        let (policy, values) = (weights(model.decoder.parameters), weights(value.parameters))
        for index in 0..<2 {
            let metrics = try await step(threePrompts(model), step: index, learningRate: 1e-2)
                .metrics
            #expect(metrics["grad_norm"] == 0)
            #expect(metrics["value/grad_norm"] ?? 0 > 0)
            #expect(weights(model.decoder.parameters) == policy)
        }
        #expect(weights(value.parameters) != values)
        let after = try await step(threePrompts(model), step: 2, learningRate: 1e-2).metrics
        #expect(after["grad_norm"] ?? 0 > 0)
        #expect(weights(model.decoder.parameters) != policy)
    }

    /// With the policy's loss alone in the decoder, a stopped gradient changes its norm.
    @Test func theSharedLossPullsOnTheDecoder() async throws {
        var norms: [Double] = []
        for form in [ValueNetworkForm.shared(coefficient: 10), .shared(stopsGradient: true)] {
            let model = try Fixtures.model("qwen2-tiny")
            let step = PPOStep(
                policy: model, value: try ValueNetwork(form, of: model), rewards: [bytesModulo7],
                settings: settings { $0.valueRateScale = 100 })
            _ = try await step(threePrompts(model), step: 0, learningRate: 1e-3)
            let second = try await step(threePrompts(model), step: 0, learningRate: 1e-3)
            norms.append(second.metrics["grad_norm"] ?? 0)
        }
        #expect(norms[0] > 2 * norms[1])
    }

    /// Whatever the micro-batches, each token meets its own advantage, return and value.
    @Test(arguments: [1, 17, 1 << 20])
    func eachTokenKeepsItsOwnNumbers(tokenBudget: Int) async throws {
        let model = try Fixtures.model("qwen2-tiny")
        var experience = Experience(
            try await score(
                model.rollouts(
                    of: threePrompts(model), groupSize: 3,
                    settings: GenerationSettings(maxNewTokens: 4),
                    seed: 0, step: 0), with: [bytesModulo7]))
        let numbers = { (start: Double) in
            experience.sequences.enumerated().map { place, sequence in
                sequence.tokens.indices.map { start + Double(10 * place + $0) }
            }
        }
        experience.values = numbers(1000)
        experience.references = numbers(2000)
        experience.set(
            zip(numbers(3000), numbers(4000)).map { TokenAdvantages(advantages: $0, returns: $1) })
        let batches = experience.batches(
            tokenBudget: tokenBudget, objective: PolicyObjective(), device: .cpu)
        #expect((tokenBudget == 1 << 20) == (batches.count == 1))
        #expect(batches.flatMap(\.oldValues.doubles) == numbers(1000).flatMap(\.self))
        #expect(batches.flatMap { $0.references?.doubles ?? [] } == numbers(2000).flatMap(\.self))
        #expect(batches.flatMap(\.batch.advantages.doubles) == numbers(3000).flatMap(\.self))
        #expect(batches.flatMap(\.returns.doubles) == numbers(4000).flatMap(\.self))
    }

    @Test func thePenaltyIsTheDistanceToTheReference() async throws {
        let model = try Fixtures.model("qwen2-tiny")
        var experience = Experience(
            try await score(
                model.rollouts(
                    of: threePrompts(model), groupSize: 2,
                    settings: GenerationSettings(maxNewTokens: 3),
                    seed: 0, step: 0), with: [bytesModulo7]))
        experience.references = experience.sequences.map { sequence in
            sequence.oldLogProbabilities.map { Double($0) - 0.5 }
        }
        let free = experience.tokenRewards(nil)
        let held = experience.tokenRewards(DivergencePenalty(coefficient: 0.1))
        #expect(free.map { $0.reduce(0, +) } == experience.rewards)
        #expect(free.allSatisfy { $0.dropLast().allSatisfy { $0 == 0 } })
        for (free, held) in zip(free, held) {
            #expect(largestDifference(free.map { $0 - 0.05 }, held) < 1e-12)
        }
        #expect(abs((experience.meanDivergence ?? 0) - 0.5) < 1e-12)
    }

    @Test func theReferenceHoldsThePolicyBack() async throws {
        let model = try Fixtures.model("qwen2-tiny")
        let step = PPOStep(
            policy: model, value: try ValueNetwork(.separate, of: model),
            reference: try Fixtures.model("qwen2-tiny"),
            rewards: [Reward("same") { _ in 0 }],
            settings: settings {
                $0.objective.divergence = Divergence(coefficient: .fixed(0.1))
                $0.divergencePenalty = DivergencePenalty(coefficient: 0.1)
                $0.advantage.whitening = nil
            })
        let metrics = try await step(threePrompts(model), step: 0, learningRate: 1e-3).metrics
        // Policy and reference are the same, so the divergence and its gradient are rounding.
        #expect(metrics["kl"] ?? 1 < 1e-8)
        #expect(metrics["grad_norm"] ?? 1 < 1e-4)
    }

    @Test func aCompletionWithoutARewardIsLeftOut() async throws {
        let model = try Fixtures.model("qwen2-tiny")
        let reward = Reward("some") { $0.prompt == "A" ? nil : 1 }
        let step = PPOStep(
            policy: model, value: try ValueNetwork(.separate, of: model), rewards: [reward],
            settings: settings { $0.advantage.whitening = nil })
        let result = try await step(threePrompts(model), step: 0, learningRate: 1e-3)
        #expect(result.advantages.map { $0.map { $0 == 0 } }.first == [true, true, true, true])
        #expect(result.advantages.dropFirst().allSatisfy { $0.allSatisfy { $0 > 0 } })
        #expect(abs((result.metrics["value_loss"] ?? 0)) > 0)
        // Where no reward applies there is nothing to learn.
        let before = weights(model.decoder.parameters)
        let none = PPOStep(
            policy: model, value: try ValueNetwork(.separate, of: model),
            rewards: [Reward("none") { _ in nil }], settings: settings())
        let empty = try await none(threePrompts(model), step: 0, learningRate: 1e-3)
        #expect(empty.metrics["value_loss"] == 0)
        #expect(weights(model.decoder.parameters) == before)
    }

    @Test func theSameSeedGivesTheSameWeights() async throws {
        var runs: [[[Double]]] = []
        for seed: UInt64 in [3, 3, 4] {
            let model = try Fixtures.model("llama-tiny")
            let value = try ValueNetwork(.shared(), of: model)
            let step = PPOStep(
                policy: model, value: value, rewards: [bytesModulo7],
                settings: settings { ($0.seed, $0.passes) = (seed, 2) })
            for index in 0..<2 {
                _ = try await step(threePrompts(model), step: index, learningRate: 1e-3)
            }
            runs.append(weights(model.decoder.parameters + value.parameters))
        }
        #expect(runs[0] == runs[1])
        #expect(runs[0] != runs[2])
    }
}
