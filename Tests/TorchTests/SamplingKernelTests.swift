import Foundation
import TestSupport
import Testing

@testable import Torch

@Suite struct SamplingKernelTests {
    private func random(_ shape: [Int], seed: UInt64, deviation: Double = 1) -> Tensor {
        .normal(deviation: deviation, seed: seed, shape: shape, dtype: .float32)
    }

    @Test(arguments: [(1, 3), (5, 17), (33, 300), (32, 256), (200, 64)])
    func packedWeightsGiveTheProductOfTheWeights(rows: Int, inputs: Int) throws {
        let input = random([rows, inputs], seed: 1)
        let weights = [random([40, inputs], seed: 2), random([7, inputs], seed: 3)]
        let biases = [random([40], seed: 4), random([7], seed: 5)]
        guard let packed = PackedWeights(weights, biases: biases) else { return }
        let exact = input.to(.float64).linear(
            Tensor.concatenate(weights).to(.float64), bias: Tensor.concatenate(biases).to(.float64))
        #expect(packed.outputCount == 47)
        #expect(largestDifference(packed(input).doubles, exact.doubles) < 1e-4)
    }

    /// What makes a completion independent of what else is sampled beside it.
    @Test func aRowOfAPackedProductDoesNotDependOnTheOthers() throws {
        let input = random([150, 96], seed: 6)
        guard let packed = PackedWeights([random([70, 96], seed: 7)], biases: []) else { return }
        let together = packed(input).floats
        for row in [0, 1, 11, 96, 149] {
            let alone = packed(input.narrowed(0, from: row, count: 1)).floats
            #expect(alone == Array(together[row * 70..<(row + 1) * 70]))
        }
    }

    @Test(arguments: [(1, 64), (8, 100), (13, 896), (32, 128)])
    func aProductOfFewRowsIsTheOneWithGradients(rows: Int, inputs: Int) {
        let input = random([rows, inputs], seed: 8)
        let (weight, bias) = (random([50, inputs], seed: 9), random([50], seed: 10))
        let few = withoutGradients { input.linear(weight, bias: bias) }
        let exact = input.to(.float64).linear(weight.to(.float64), bias: bias.to(.float64))
        #expect(largestDifference(few.doubles, exact.doubles) < 1e-4)
        let alone = withoutGradients {
            input.narrowed(0, from: rows - 1, count: 1).linear(weight, bias: bias)
        }
        #expect(alone.floats == Array(few.floats.suffix(50)))
    }

    @Test(arguments: [5, 64, 65, 1000])
    func theTokenIsWhereTheCumulativeProbabilityPassesTheNumber(vocabulary: Int) {
        let rows = 40
        let logits = random([rows, vocabulary], seed: 11, deviation: 3)
        var stream = RandomStream(12)
        let uniforms = (0..<rows).map { _ in stream.uniform() }
        let (tokens, values) = logits.sampledTokens(temperature: 0.7, uniforms: uniforms)
        let exact = (logits.to(.float64) / 0.7).logSoftmax().doubles
        for row in 0..<rows {
            let row64 = exact[row * vocabulary..<(row + 1) * vocabulary]
            let before = row64.prefix(tokens[row]).reduce(0) { $0 + exp($1) }
            let own = row64[row64.startIndex + tokens[row]]
            #expect(before - 1e-6 <= uniforms[row] && uniforms[row] <= before + exp(own) + 1e-6)
            #expect(abs(Double(values[row]) - own) < 1e-5)
        }
    }

    @Test func anImpossibleTokenIsNeverChosen() {
        let impossible = -Float.infinity
        let logits = Tensor([impossible, 0, impossible, 1, impossible], shape: [1, 5])
        for uniform in [0, 0.2, 0.27, 0.9999, 1.0.nextDown] {
            let chosen = logits.sampledTokens(temperature: 1, uniforms: [uniform]).tokens[0]
            #expect(chosen == (uniform < 0.2689 ? 1 : 3))
        }
    }

    @Test func logitsThatAreNotNumbersTrapNothing() {
        let logits = Tensor([Float.nan, 1, .infinity, 2], shape: [1, 4])
        let chosen = logits.sampledTokens(temperature: 1, uniforms: [0.5]).tokens[0]
        #expect((0..<4).contains(chosen))
    }
}
