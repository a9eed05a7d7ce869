import NeuralNetwork
import TestSupport
import Testing
import Torch

@testable import LanguageModels

/// The packed pass, in which a group shares its prompt, against the naive one: each prompt and
/// completion whole, one row at a time, by other code.
@Suite struct PackedSequencesTests {
    private let groups = [
        TokenGroup(prompt: [5, 17, 80, 3, 9], completions: [[1, 2, 3], [44], [7, 7, 7, 7, 61]]),
        TokenGroup(prompt: [90], completions: [[33, 12], [33, 13]]),
        TokenGroup(prompt: [11, 12], completions: [[4, 5, 6]]),
    ]

    private func gradients(
        _ model: LanguageModel, _ statistics: (LanguageModel) -> Tensor
    ) -> (values: [Double], gradients: [[Double]]) {
        for parameter in model.decoder.parameters { parameter.value.requiringGradient() }
        let values = statistics(model)
        // Unequal weights, so that no two tokens can stand for each other.
        let weights = Tensor((0..<values.count).map { Double($0 % 5) - 1.7 })
        (values * weights).sum().backward()
        defer { for parameter in model.decoder.parameters { parameter.value.clearGradient() } }
        return (
            values.doubles, model.decoder.parameters.map { $0.value.gradient?.doubles ?? [] }
        )
    }

    private func naive(_ model: LanguageModel, temperature: Double) -> Tensor {
        let rows = groups.flatMap { group in
            group.completions.map { completion in
                let logits = model.decoder.logits(group.prompt + completion) / temperature
                let predicted = logits.narrowed(
                    0, from: group.prompt.count - 1, count: completion.count)
                return predicted.logSoftmax()
                    .gathered(Tensor(completion, shape: [completion.count, 1])).reshaped([-1])
            }
        }
        return Tensor.concatenate(rows)
    }

    @Test(arguments: ["llama-tiny", "qwen2-tiny"], [1.0, 0.6])
    func sharingThePromptChangesNeitherLogProbabilitiesNorGradients(
        name: String, temperature: Double
    ) throws {
        let model = try Fixtures.model(name, dtype: .float64)
        let packed = PackedSequences(groups, device: .cpu)
        let shared = gradients(model) {
            $0.tokenStatistics(packed, temperature: temperature).logProbabilities
        }
        let expected = gradients(model) { naive($0, temperature: temperature) }
        #expect(largestRelativeDifference(shared.values, expected.values) < 1e-9)
        for (ours, theirs) in zip(shared.gradients, expected.gradients) {
            #expect(largestDifference(ours, theirs) < 1e-9)
        }
    }

    @Test func aPromptIsPackedOnceForItsGroup() {
        let packed = PackedSequences(groups, device: .cpu)
        #expect(packed.tokens.count == groups.reduce(0) { $0 + $1.tokenCount })
        #expect(packed.tokens.count == 5 + (2 + 0 + 4) + 1 + (1 + 1) + 2 + 2)
        #expect(packed.targets.count == 3 + 1 + 5 + 2 + 2 + 3)
    }

    @Test func chunksOfTheOutputLayerChangeNothing() throws {
        let model = try Fixtures.model("qwen2-tiny", dtype: .float64)
        let hidden = Tensor.normal(deviation: 1, seed: 1, shape: [11, 24], dtype: .float64)
        let targets = Tensor((0..<11).map { $0 * 7 })
        let weight = model.decoder.outputWeight.detached()
        let results = [1, 4, 11, 100].map { chunk in
            let leaf = hidden.detached().requiringGradient()
            let result = leaf.tokenLogProbabilities(
                weight: weight, targets: targets, temperature: 0.7, chunkRows: chunk)
            (result[0] + result[1] * 0.3).sum().backward()
            return result.doubles + (leaf.gradient?.doubles ?? [])
        }
        for other in results.dropFirst() { #expect(largestDifference(results[0], other) < 1e-12) }
    }

    /// Both results of the fused output layer, against central differences in float64.
    @Test func gradientsOfLogProbabilityAndEntropyAreTheirDifferences() {
        let (rows, width, vocabulary, temperature) = (3, 4, 7, 0.8)
        let hidden = Tensor.normal(
            deviation: 1, seed: 3, shape: [rows, width], dtype: .float64)
        let weight = Tensor.normal(
            deviation: 1, seed: 4, shape: [vocabulary, width], dtype: .float64)
        let targets = Tensor([6, 0, 2])
        let mix = Tensor.normal(deviation: 1, seed: 5, shape: [2, rows], dtype: .float64)
        let value = { (hidden: Tensor, weight: Tensor) in
            (hidden.tokenLogProbabilities(
                weight: weight, targets: targets, temperature: temperature, chunkRows: 2) * mix)
                .sum()
        }
        for isWeight in [false, true] {
            let leaf = (isWeight ? weight : hidden).detached().requiringGradient()
            (isWeight ? value(hidden, leaf) : value(leaf, weight)).backward()
            let analytic = leaf.gradient?.doubles ?? []
            let numbers = leaf.detached().doubles
            let numeric = numbers.indices.map { index in
                let sides = [1e-5, -1e-5].map { shift in
                    var moved = numbers
                    moved[index] += shift
                    let tensor = Tensor(moved, shape: leaf.shape)
                    return withoutGradients {
                        (isWeight ? value(hidden, tensor) : value(tensor, weight)).item
                    }
                }
                return (sides[0] - sides[1]) / 2e-5
            }
            #expect(largestDifference(analytic, numeric) < 1e-8)
        }
    }
}
