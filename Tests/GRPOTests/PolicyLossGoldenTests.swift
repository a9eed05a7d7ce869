import Foundation
import LanguageModels
import NeuralNetwork
import TestSupport
import Testing
import Torch

@testable import GRPO

/// What `Scripts/peers/make-grpo-golden.py` wrote: one policy update in plain PyTorch, float64.
private struct StepGolden: Decodable {
    struct Group: Decodable {
        let prompt: [Int]
        let completions: [[Int]]
        let rewards: [Double]
        let logProbabilities: [[Double]]
        let oldLogProbabilities: [[Double]]
        let referenceLogProbabilities: [[Double]]
    }
    struct Case: Decodable {
        struct Gradient: Decodable {
            let norm: Double
            let first: [Double]
        }
        let advantage: String
        let aggregation: String
        let beta: Double
        let advantages: [[Double]]
        let loss: Double
        let parameters: [String: Gradient]
    }
    let clipLow: Double
    let clipHigh: Double
    let epsilon: Double
    let groups: [Group]
    let cases: [Case]
}

@Suite struct PolicyLossGoldenTests {
    private let golden: StepGolden
    private let model: LanguageModel

    init() throws {
        golden = try Fixtures.golden(StepGolden.self, "grpo-step.json")
        model = try Fixtures.model("qwen2-tiny", dtype: .float64)
        for parameter in model.decoder.parameters { parameter.value.requiringGradient() }
    }

    @Test func logProbabilitiesAreThoseOfPlainPyTorch() {
        let packed = PackedSequences(
            golden.groups.map { TokenGroup(prompt: $0.prompt, completions: $0.completions) },
            device: .cpu)
        let now = withoutGradients { model.tokenStatistics(packed, temperature: 1) }
        let expected = golden.groups.flatMap { $0.logProbabilities.flatMap { $0 } }
        #expect(largestRelativeDifference(now.logProbabilities.doubles, expected) < 1e-9)
    }

    /// Every advantage, aggregation and coefficient of the golden, whole and in micro-batches, with
    /// the prompts in their order and in the opposite one.
    @Test(arguments: [1 << 20, 1, 12], [false, true])
    func lossAndGradientsAreThoseOfPlainPyTorch(tokenBudget: Int, isReversed: Bool) throws {
        for expected in golden.cases {
            let loss = try backward(expected, tokenBudget: tokenBudget, isReversed: isReversed)
            #expect(abs(loss - expected.loss) <= 1e-9 * max(abs(expected.loss), 1e-3))
            for parameter in model.decoder.parameters {
                let golden = try #require(expected.parameters[parameter.name])
                let gradient = try #require(parameter.value.gradient).doubles
                let norm = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
                let tolerance = 1e-9 * max(golden.norm, 1e-6)
                #expect(abs(norm - golden.norm) <= tolerance, "\(parameter.name)")
                #expect(
                    largestDifference(Array(gradient.prefix(5)), golden.first) <= tolerance,
                    "\(parameter.name)")
                parameter.value.clearGradient()
            }
        }
    }

    /// The update of `GRPOStep`, with the golden's own π_old and π_ref.
    private func backward(
        _ expected: StepGolden.Case, tokenBudget: Int, isReversed: Bool
    ) throws -> Double {
        let estimator: AdvantageEstimator =
            expected.advantage == "mean"
            ? .groupMean : .groupMeanAndDeviation(epsilon: golden.epsilon)
        var objective = PolicyObjective()
        objective.trustRegion = .clip(low: golden.clipLow, high: golden.clipHigh)
        objective.aggregation = expected.aggregation == "tokenMean" ? .tokenMean : .sequenceMean
        if expected.beta != 0 {
            objective.divergence = Divergence(coefficient: .fixed(expected.beta))
        }
        let inOrder = Array(zip(golden.groups, expected.advantages))
        let cases = isReversed ? inOrder.reversed() : inOrder
        let groups = cases.map { group, advantages in
            let ours = estimator.advantages(group.rewards)
            #expect(largestRelativeDifference(ours, advantages, floor: 1e-3) < 1e-9)
            return TrainingGroup(
                prompt: group.prompt,
                sequences: group.completions.indices.map {
                    TrainingSequence(
                        tokens: group.completions[$0],
                        oldLogProbabilities: group.oldLogProbabilities[$0],
                        advantage: ours[$0])
                })
        }
        let miniBatch = objective.miniBatches(
            groups, count: 1, tokenBudget: tokenBudget, device: .cpu, dtype: .float64)[0]
        let context = UpdateContext(
            objective, state: ObjectiveState(objective), miniBatch, entropies: \.advantages)
        var loss = 0.0
        var references = cases.flatMap { $0.0.referenceLogProbabilities.flatMap { $0 } }[...]
        for batch in miniBatch.batches {
            let count = batch.advantages.count
            let part = objective.loss(
                of: batch, now: batch.statistics(of: model, temperature: 1),
                reference: Tensor(Array(references.prefix(count))), context: context
            ).loss
            references = references.dropFirst(count)
            part.backward()
            loss += part.item
        }
        return loss
    }
}
