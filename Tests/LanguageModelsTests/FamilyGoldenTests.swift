import Foundation
import NeuralNetwork
import TestSupport
import Testing
import Torch

@testable import LanguageModels

/// Every family and rotary type against transformers, past sliding windows and context.
@Suite struct FamilyGoldenTests {
    private func everyFourth(_ row: Tensor) -> [Double] {
        row.doubles.enumerated().filter { $0.offset.isMultiple(of: 4) }.map(\.element)
    }

    @Test(arguments: FamilyGoldens.names)
    func aPassOverTheWholeSequenceGivesTheLogitsOfTransformers(name: String) throws {
        let golden = try FamilyGoldens.named(name)
        let decoder = try golden.decoder()
        for group in golden.groups {
            for completion in group.completions {
                let tokens = group.prompt + completion.tokens
                let logits = withoutGradients { decoder.logits(tokens)[tokens.count - 1] }
                #expect(
                    largestDifference(everyFourth(logits), completion.lastLogitsOfWhole) < 1e-4)
            }
        }
    }

    @Test(arguments: FamilyGoldens.names)
    func decodingARaggedBatchOfGroupsGivesTheLogitsOfEachSequenceAlone(name: String) throws {
        let golden = try FamilyGoldens.named(name)
        let decoder = try golden.decoder()
        let decoded = withoutGradients { decoder.decodedLogits(golden.tokenGroups) }
        for (logits, completion) in zip(decoded, golden.groups.flatMap(\.completions)) {
            let places = Tensor(completion.tokens, shape: [completion.tokens.count, 1])
            let chosen = logits.logSoftmax().gathered(places).doubles
            #expect(largestDifference(chosen, completion.logProbabilities) < 1e-4)
            let last = everyFourth(logits[completion.tokens.count - 1])
            #expect(largestDifference(last, completion.lastLogits) < 1e-4)
        }
    }

    @Test(arguments: FamilyGoldens.names)
    func aTrainingPassGivesTheLogProbabilitiesAndGradientsOfTransformers(name: String) throws {
        let golden = try FamilyGoldens.named(name)
        let decoder = try golden.decoder()
        for parameter in decoder.parameters { parameter.value.requiringGradient() }
        let packed = PackedSequences(golden.tokenGroups, device: .cpu)
        let found = decoder.tokenStatistics(packed, temperature: 1).logProbabilities
        let expected = golden.groups.flatMap { $0.completions.flatMap(\.logProbabilities) }
        #expect(largestDifference(found.doubles, expected) < 1e-4)
        (-found.sum() / Double(found.count)).backward()
        #expect(Set(decoder.parameters.map(\.name)) == Set(golden.gradients.keys))
        let largest = golden.gradients.values.map { $0[0] }.max() ?? 0
        for parameter in decoder.parameters {
            let expected = try #require(golden.gradients[parameter.name])
            let values = try #require(parameter.value.gradient).doubles
            let norm = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
            // The gradient of a key's bias where nothing is rotated is rounding.
            let tolerance = 1e-3 * max(expected[0], 1e-4 * largest)
            #expect(
                largestDifference([norm] + values.prefix(2), expected) < tolerance,
                "\(parameter.name)")
        }
    }

    @Test(arguments: FamilyGoldens.names)
    func theNumberOfWeightsIsCounted(name: String) throws {
        let golden = try FamilyGoldens.named(name)
        #expect(try golden.configuration().parameterCount == golden.parameterCount)
        let counts = try golden.decoder().parameters.map(\.value.count)
        #expect(counts.reduce(0, +) == golden.parameterCount)
    }

    @Test(arguments: FamilyGoldens.names)
    func aWrittenConfigurationIsReadBack(name: String) throws {
        var configuration = try FamilyGoldens.named(name).configuration()
        configuration.isPartOfMultimodal = false
        let text = configuration.json(dtype: "float32")
        #expect(try DecoderConfiguration(json: text, file: "written") == configuration)
    }

    /// In float64, where only a difference of the formula shows: training against sampling.
    @Test(arguments: FamilyGoldens.names)
    func trainingSeesTheLogitsOfSampling(name: String) throws {
        let golden = try FamilyGoldens.named(name)
        let decoder = try golden.decoder(dtype: .float64)
        let groups = golden.tokenGroups
        let (trained, sampled) = withoutGradients {
            (
                decoder.tokenStatistics(
                    PackedSequences(groups, device: .cpu), temperature: 0.7
                ).logProbabilities.doubles,
                zip(decoder.decodedLogits(groups), groups.flatMap(\.completions)).flatMap {
                    logits, tokens in
                    (logits / 0.7).logSoftmax()
                        .gathered(Tensor(tokens, shape: [tokens.count, 1])).doubles
                }
            )
        }
        #expect(largestDifference(trained, sampled) < 1e-9)
    }

    @Test func gradientsOfSoftCappedLogitsAreTheirDifferences() {
        let hidden = Tensor.normal(deviation: 1, seed: 3, shape: [3, 4], dtype: .float64)
        let weight = Tensor.normal(deviation: 1, seed: 4, shape: [7, 4], dtype: .float64)
        let mix = Tensor.normal(deviation: 1, seed: 5, shape: [2, 3], dtype: .float64)
        let fused = hidden.detached().requiringGradient()
        let result = fused.tokenLogProbabilities(
            weight: weight, targets: Tensor([6, 0, 2]), temperature: 0.8, cap: 1.5, chunkRows: 2)
        (result * mix).sum().backward()
        let plain = hidden.detached().requiringGradient()
        let logP = (plain.linear(weight).softCapped(1.5) / 0.8).logSoftmax()
        let chosen = logP.gathered(Tensor([6, 0, 2], shape: [3, 1])).reshaped([3])
        let entropy = -(logP.exponential() * logP).sum(1)
        #expect(largestDifference(result.doubles, chosen.doubles + entropy.doubles) < 1e-12)
        (chosen * mix[0] + entropy * mix[1]).sum().backward()
        #expect(
            largestDifference(fused.gradient?.doubles ?? [], plain.gradient?.doubles ?? [1])
                < 1e-12)
    }
}
