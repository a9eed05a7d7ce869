import Foundation
import NeuralNetwork
import TestSupport
import Testing
import Torch

@testable import LanguageModels

/// What `Scripts/peers/make-model-goldens.py` wrote: transformers' numbers for tiny models.
private struct ModelGolden: Decodable {
    struct Sequence: Decodable {
        struct Score: Decodable {
            let temperature: Double
            let logProbabilities: [Double]
            let entropies: [Double]
        }
        let tokens: [Int]
        let logits: [[Double]]?
        let scores: [Score]
    }
    struct Greedy: Decodable {
        let prompt: [Int]
        let continuation: [Int]
    }
    struct Gradient: Decodable {
        struct Parameter: Decodable {
            let norm: Double
            let first: [Double]
        }
        let tokens: [Int]
        let meanNegativeLogLikelihood: Double
        let parameters: [String: Parameter]
    }
    let sequences: [Sequence]
    let greedy: [Greedy]
    let gradient: Gradient
}

private let models = ["llama-tiny", "qwen2-tiny"]

@Suite struct DecoderGoldenTests {
    @Test(arguments: models)
    func logitsAreThoseOfTransformers(name: String) throws {
        let model = try Fixtures.model(name)
        for sequence in try Fixtures.golden(ModelGolden.self, "\(name)/goldens.json").sequences {
            guard let expected = sequence.logits else { continue }
            let logits = withoutGradients { model.decoder.logits(sequence.tokens).doubles }
            #expect(largestDifference(logits, expected.flatMap { $0 }) < 1e-4)
        }
    }

    @Test(arguments: models)
    func logProbabilitiesAndEntropiesAreThoseOfTransformers(name: String) throws {
        let model = try Fixtures.model(name)
        for sequence in try Fixtures.golden(ModelGolden.self, "\(name)/goldens.json").sequences {
            for score in sequence.scores where sequence.tokens.count > 1 {
                let packed = PackedSequences(
                    [
                        TokenGroup(
                            prompt: [sequence.tokens[0]],
                            completions: [Array(sequence.tokens.dropFirst())])
                    ], device: .cpu)
                let now = withoutGradients {
                    model.tokenStatistics(packed, temperature: score.temperature)
                }
                #expect(
                    largestDifference(now.logProbabilities.doubles, score.logProbabilities) < 1e-4)
                #expect(largestDifference(now.entropies.doubles, score.entropies) < 1e-4)
            }
        }
    }

    @Test(arguments: models)
    func greedyContinuationsOfRaggedPromptsAreThoseOfTransformers(name: String) throws {
        let model = try Fixtures.model(name)
        let greedy = try Fixtures.golden(ModelGolden.self, "\(name)/goldens.json").greedy
        let completions = model.generate(
            greedy.map { GenerationRequest(prompt: $0.prompt, streams: [RandomStream(0)]) },
            settings: GenerationSettings(maxNewTokens: 12, sampling: .greedy))
        #expect(completions.map { $0[0].tokens } == greedy.map(\.continuation))
    }

    @Test(arguments: models)
    func gradientsAreThoseOfTransformers(name: String) throws {
        let model = try Fixtures.model(name)
        let golden = try Fixtures.golden(ModelGolden.self, "\(name)/goldens.json").gradient
        for parameter in model.decoder.parameters { parameter.value.requiringGradient() }
        let packed = PackedSequences(
            [
                TokenGroup(
                    prompt: [golden.tokens[0]], completions: [Array(golden.tokens.dropFirst())])
            ],
            device: .cpu)
        let count = Double(golden.tokens.count - 1)
        let loss = -model.tokenStatistics(packed, temperature: 1).logProbabilities.sum() / count
        #expect(abs(loss.item - golden.meanNegativeLogLikelihood) < 1e-5)
        loss.backward()
        #expect(model.decoder.parameters.count == golden.parameters.count)
        for parameter in model.decoder.parameters {
            let expected = try #require(golden.parameters[parameter.name], "\(parameter.name)")
            let gradient = try #require(parameter.value.gradient, "\(parameter.name)").doubles
            let norm = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
            #expect(abs(norm - expected.norm) < 1e-3 * expected.norm, "\(parameter.name)")
            #expect(
                largestDifference(Array(gradient.prefix(5)), expected.first) < 1e-3 * expected.norm,
                "\(parameter.name)")
        }
    }

    @Test func bothStylesOfConfigurationGiveTheSameModel() throws {
        let read = { (name: String) in
            let file = Fixtures.folder.appending(path: "llama-tiny/\(name)")
            return try DecoderConfiguration(json: Data(contentsOf: file), file: file.path)
        }
        #expect(try read("config.json") == read("config.legacy.json"))
    }
}
