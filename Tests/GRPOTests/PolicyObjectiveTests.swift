import Foundation
import TestSupport
import Testing
import Torch

@testable import GRPO

@Suite struct PolicyObjectiveTests {
    private let tokens = GivenTokens(
        lengths: [4, 1, 6, 0, 3, 2, 5], advantages: [0.7, -1.2, 0.4, 2, -0.3, 1.5, -0.9],
        groupSize: 3, seed: 1)

    // MARK: Micro-batches

    @Test(arguments: PolicyObjective.aggregations)
    func lossAndGradientDoNotChangeWithTheMicroBatches(aggregation: Aggregation) throws {
        for (ratio, region) in PolicyObjective.surrogates {
            var objective = PolicyObjective.testing(ratio, region, aggregation)
            objective.divergence = Divergence(coefficient: .fixed(0.1), correction: .ratio)
            objective.entropyBonus = .fixed(0.01)
            objective.topEntropyShare = 0.5
            objective.offPolicyThreshold = 0.01
            let whole = objective.evaluate(tokens)
            #expect(whole.loss.isFinite && whole.gradient.contains { $0 != 0 })
            for budget in [1, 9] {
                let parts = objective.evaluate(tokens, tokenBudget: budget)
                #expect(abs(parts.loss - whole.loss) < 1e-14)
                #expect(largestDifference(parts.gradient, whole.gradient) < 1e-14)
                #expect(largestDifference(parts.entropyGradient, whole.entropyGradient) < 1e-14)
            }
        }
    }

    @Test func bnpoIsTheMeanOverMicroBatchesByDefinition() {
        // Without a clip and with A = 1 the gradient of a token is minus its weight times ρ.
        let tokens = GivenTokens(
            lengths: [1, 3], logProbabilities: [-1, -1, -1, -1], old: [-1, -1, -1, -1],
            advantages: [1, 1])
        let objective = PolicyObjective.testing(.token, .none, .microBatchTokenMean)
        #expect(objective.evaluate(tokens).gradient == [-0.25, -0.25, -0.25, -0.25])
        let halves = objective.evaluate(tokens, tokenBudget: 1).gradient
        #expect(largestDifference(halves, [-0.5, -1.0 / 6, -1.0 / 6, -1.0 / 6]) < 1e-15)
    }

    // MARK: Denominators

    /// What a trained token weighs in completions of 1, 3 and 4 tokens, the third in a second
    /// group with an empty completion.
    private static let weights: [(aggregation: Aggregation, countsEmpty: Bool, of: [Double])] = [
        (.tokenMean, true, [0.125, 0.125, 0.125]),
        (.sequenceMean, true, [0.25, 0.25 / 3, 0.25 / 4]),
        (.sequenceMean, false, [1 / 3.0, 1 / 9.0, 1 / 12.0]),
        (.promptMean, true, [0.125, 0.125, 0.125]),
        (.constantLength(10), true, [0.025, 0.025, 0.025]),
        (.constantLength(10), false, [1 / 30.0, 1 / 30.0, 1 / 30.0]),
        (.sequenceSum, true, [0.25, 0.25, 0.25]),
    ]

    @Test func everyTokenHasTheWeightOfItsAggregation() {
        var tokens = GivenTokens(
            lengths: [1, 3, 4, 0], logProbabilities: [Double](repeating: -1, count: 8),
            old: [Double](repeating: -1, count: 8), advantages: [1, 1, 1, 1])
        tokens.groupSize = 2
        for (aggregation, countsEmpty, weights) in Self.weights {
            var objective = PolicyObjective.testing(.token, .none, aggregation)
            objective.countsEmptyCompletions = countsEmpty
            let expected = zip([1, 3, 4], weights).flatMap { count, weight in
                [Double](repeating: -weight, count: count)
            }
            let gradient = objective.evaluate(tokens).gradient
            #expect(largestDifference(gradient, expected) < 1e-15, "\(aggregation)")
        }
    }

    @Test func aPromptCountsOnceHoweverLongItsCompletionsAre() {
        var tokens = GivenTokens(
            lengths: [1, 1, 6, 2], logProbabilities: [Double](repeating: -1, count: 10),
            old: [Double](repeating: -1, count: 10), advantages: [1, 1, 1, 1])
        tokens.groupSize = 2
        let gradient = PolicyObjective.testing(.token, .none, .promptMean).evaluate(
            tokens, tokenBudget: 1
        )
        .gradient
        let expected = [-0.25, -0.25] + [Double](repeating: -1.0 / 16, count: 8)
        #expect(largestDifference(gradient, expected) < 1e-15)
    }

    @Test func groupsWithoutASignalCountInTheDenominatorsAndAreNotComputed() {
        var tokens = tokens
        tokens.advantages = [0, 0, 0, 0, 0, 1.5, 0]
        tokens.groupSize = 1
        for aggregation in PolicyObjective.aggregations {
            let objective = PolicyObjective.testing(.token, .clip(low: 0.2, high: 0.2), aggregation)
            let miniBatch = objective.miniBatches(
                tokens.groups, count: 1, tokenBudget: 1 << 20, device: .cpu, dtype: .float64)[0]
            #expect(miniBatch.batches.map(\.rows.lengths) == [[2]])
            #expect(miniBatch.tokens == 21 && miniBatch.completions == 7)
            let weight = miniBatch.batches[0].weights.doubles[0]
            switch aggregation {
            case .tokenMean: #expect(weight == 1.0 / 21)
            case .sequenceMean, .promptMean: #expect(weight == 1.0 / 14)
            case .constantLength: #expect(weight == 1.0 / 42)
            default: #expect(weight == 1.0 / 7)
            }
        }
    }

    @Test func aStepOfEmptyCompletionsHasNothingToCompute() {
        let tokens = GivenTokens(
            lengths: [0, 0], logProbabilities: [], old: [], advantages: [1, -1])
        for aggregation in PolicyObjective.aggregations + [.microBatchTokenMean] {
            var objective = PolicyObjective.testing(.token, .none, aggregation)
            objective.entropyBonus = .fixed(0.1)
            objective.topEntropyShare = 0.5
            objective.countsEmptyCompletions = false
            #expect(objective.evaluate(tokens).gradient.isEmpty)
        }
    }

    @Test func miniBatchesAreWholeGroupsWithDenominatorsOfTheirOwn() {
        let parts = PolicyObjective.testing(.token, .none).miniBatches(
            tokens.groups, count: 2, tokenBudget: 1 << 20, device: .cpu, dtype: .float64)
        #expect(parts.map(\.tokens) == [11, 10])
        #expect(parts.map(\.completions) == [3, 4])
        #expect(parts.map { $0.batches[0].weights.doubles[0] } == [1.0 / 11, 1.0 / 10])
        let tooMany = PolicyObjective.testing(.token, .none).miniBatches(
            tokens.groups, count: 9, tokenBudget: 1 << 20, device: .cpu)
        #expect(tooMany.map(\.completions) == [3, 3, 1])
    }

    // MARK: Tokens

    @Test func maskedTokensAreReadAndNotTrained() throws {
        let model = try Fixtures.model("qwen2-tiny", dtype: .float64)
        let isTrained = [[true, false, true], [false, true], [false, false]]
        let completions = [[5, 6, 7], [8, 9], [10, 11]]
        let group = { (isMasked: Bool) in
            TrainingGroup(
                prompt: [1, 2],
                sequences: zip(completions, isTrained).map {
                    TrainingSequence(
                        tokens: $0, oldLogProbabilities: $0.map { -Double($0) },
                        advantages: $0.map(Double.init), trainedTokens: isMasked ? $1 : nil)
                })
        }
        let batches = [false, true].map {
            PolicyObjective.testing(.token, .none, .sequenceMean).miniBatches(
                [group($0)], count: 1, tokenBudget: 100, device: .cpu, dtype: .float64)[0].batches[
                    0]
        }
        #expect(batches[1].advantages.doubles == [5, 7, 9])
        #expect(batches[1].oldLogProbabilities.doubles == [-5, -7, -9])
        let weights: [Double] = [1.0 / 6, 1.0 / 6, 1.0 / 3]
        #expect(batches[1].weights.doubles == weights)
        #expect(batches[1].rows.lengths == [2, 1])
        let statistics = withoutGradients {
            batches.map { $0.statistics(of: model, temperature: 1) }
        }
        let all = statistics[0].logProbabilities.doubles
        let kept = statistics[1].logProbabilities.doubles
        #expect(largestDifference(kept, [all[0], all[2], all[4]]) < 1e-12)
        #expect(statistics[1].entropies.count == 3)
    }

    @Test func aTokenMayHaveAnAdvantageOfItsOwn() {
        let sequence = TrainingSequence(
            tokens: [1, 2, 3], oldLogProbabilities: [-1, -1, -1], advantages: [1, -2, 0])
        for ratio in [Ratio.token, .sequence, .none] {
            let objective = PolicyObjective.testing(ratio, .none)
            let miniBatch = objective.miniBatches(
                [TrainingGroup(prompt: [0], sequences: [sequence])], count: 1, tokenBudget: 10,
                device: .cpu, dtype: .float64)[0]
            let leaf = Tensor([-1.0, -1, -1]).requiringGradient()
            objective.loss(
                of: miniBatch.batches[0], now: .init(logProbabilities: leaf, entropies: leaf),
                reference: nil,
                context: UpdateContext(
                    objective, state: ObjectiveState(objective), miniBatch, entropies: \.weights)
            ).loss.backward()
            let gradient = leaf.gradient?.doubles ?? []
            let expected: [Double] = [-1.0 / 3, 2.0 / 3, 0]
            #expect(largestDifference(gradient, expected) < 1e-15)
        }
    }
}
