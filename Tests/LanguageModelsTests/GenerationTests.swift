import Foundation
import NeuralNetwork
import TestSupport
import Testing
import Tokenizers
import Torch

@testable import LanguageModels

private let prompts = [[5, 17, 80, 3, 9], [90], [11, 12], [40, 41, 42]]

private func requests(_ count: Int) -> [GenerationRequest] {
    prompts.enumerated().map { place, prompt in
        GenerationRequest(
            prompt: prompt, streams: (0..<count).map { RandomStream(7, UInt64(place), UInt64($0)) })
    }
}

@Suite struct GenerationTests {
    private let settings = GenerationSettings(
        maxNewTokens: 20, sampling: SamplingSettings(temperature: 0.9))

    /// Ends completions early, at different lengths, so that rows leave the batch.
    private func model(_ name: String = "qwen2-tiny") throws -> LanguageModel {
        let base = try Fixtures.model(name)
        return LanguageModel(
            decoder: base.decoder, tokenizer: .byteLevel(), stopTokens: [1, 2, 3, 4, 5, 6, 7, 8])
    }

    /// The promise "one engine": at the first pass over fresh rollouts the ratio is 1.
    @Test(arguments: ["llama-tiny", "qwen2-tiny"])
    func trainingSeesTheLogProbabilitiesThatWereSampled(name: String) throws {
        let model = try model(name)
        let completions = model.generate(requests(6), settings: settings)
        let packed = PackedSequences(
            zip(prompts, completions).map { prompt, completions in
                TokenGroup(prompt: prompt, completions: completions.map(\.tokens))
            }, device: .cpu)
        let trained = withoutGradients { model.tokenStatistics(packed, temperature: 0.9) }
        let sampled = completions.flatMap { $0.flatMap(\.logProbabilities) }
        #expect(largestDifference(trained.logProbabilities.floats, sampled) < 1e-4)
        #expect(Set(completions.flatMap { $0.map(\.tokens.count) }).count > 3)
    }

    @Test func aCompletionDoesNotDependOnItsBatch() throws {
        let model = try model()
        let together = model.generate(requests(6), settings: settings)
        for (request, completions) in zip(requests(6), together) {
            for (sample, stream) in request.streams.enumerated() {
                let alone = model.generate(
                    [GenerationRequest(prompt: request.prompt, streams: [stream])],
                    settings: settings)
                #expect(alone[0][0].tokens == completions[sample].tokens)
            }
        }
    }

    @Test func aStopTokenIsTheLastTokenAndTheLimitIsKept() throws {
        for completion in try model().generate(requests(8), settings: settings).flatMap({ $0 }) {
            let stops = completion.tokens.filter { (1...8).contains($0) }
            switch completion.finish {
            case .stopToken: #expect(stops.count == 1 && (1...8).contains(completion.tokens.last!))
            case .length: #expect(stops.isEmpty && completion.tokens.count == 20)
            case .stopString: Issue.record("no stop string was given")
            }
            #expect(completion.logProbabilities.count == completion.tokens.count)
        }
    }

    @Test func ignoredStopTokensAreSampledOnPastUpToTheLimit() throws {
        let model = try model()
        let stopped = model.generate(requests(8), settings: settings).flatMap { $0 }
        var ignoring = settings
        ignoring.ignoresStopTokens = true
        let whole = model.generate(requests(8), settings: ignoring).flatMap { $0 }
        for (completion, stopped) in zip(whole, stopped) {
            #expect(completion.finish == .length && completion.tokens.count == 20)
            #expect(completion.tokens.starts(with: stopped.tokens))
        }
        #expect(stopped.contains { $0.finish == .stopToken })
    }

    @Test func stopStringsEndCompletionsWhoseStopTokensAreIgnored() throws {
        let model = try Fixtures.model("qwen2-tiny")
        let free = model.generate(requests(1), settings: settings)[0][0]
        let target = String(model.tokenizer.decode(free.tokens).dropFirst(4).prefix(2))
        var ignoring = settings
        ignoring.ignoresStopTokens = true
        ignoring.stopStrings = [target]
        let completion = model.generate(requests(1), settings: ignoring)[0][0]
        #expect(completion.finish == .stopString)
        #expect(free.tokens.starts(with: completion.tokens))
    }

    @Test func aStopStringEndsTheCompletionWithItsLastCharacter() throws {
        let model = try Fixtures.model("qwen2-tiny")
        let free = model.generate(requests(4), settings: settings).flatMap { $0 }
        let text = { (completion: Completion) in model.tokenizer.decode(completion.tokens) }
        let target = String(text(free[0]).dropFirst(4).prefix(2))
        var stopping = settings
        stopping.stopStrings = ["not there", target]
        let stopped = model.generate(requests(4), settings: stopping).flatMap { $0 }
        #expect(stopped[0].finish == .stopString)
        for (completion, whole) in zip(stopped, free) {
            #expect(whole.tokens.starts(with: completion.tokens))
            if completion.finish == .stopString {
                #expect(text(completion).hasSuffix(target))
            } else {
                #expect(!text(completion).contains(target))
            }
        }
    }

    @Test func greedyIsTheMostProbableTokenEveryTime() throws {
        let model = try Fixtures.model("llama-tiny")
        let settings = GenerationSettings(maxNewTokens: 5, sampling: .greedy)
        let completion = model.generate(
            [GenerationRequest(prompt: [3, 4], streams: [RandomStream(0)])], settings: settings)
        var tokens = [3, 4]
        for _ in 0..<5 {
            let logits = withoutGradients { model.decoder.logits(tokens).floats }
            let last = logits.suffix(96)
            tokens.append(last.indices.max { last[$0] < last[$1] }! - last.startIndex)
        }
        #expect(completion[0][0].tokens == Array(tokens.dropFirst(2)))
    }
}

@Suite struct SamplingTests {
    /// log-probabilities of 0.5, 0.25, 0.15, 0.1 in a shuffled order
    private let logits = Tensor([0.15, 0.5, 0.1, 0.25].map { Float($0) }, shape: [1, 4]).logarithm()

    private func frequencies(_ settings: SamplingSettings, count: Int = 4000) -> [Double] {
        var stream = RandomStream(1)
        let uniforms = (0..<count).map { _ in stream.uniform() }
        let rows = logits.expanded([count, 4])
        let tokens = settings.sample(rows, uniforms: uniforms).tokens
        return (0..<4).map { token in
            Double(tokens.count { $0 == token }) / Double(count)
        }
    }

    struct Case: CustomTestStringConvertible {
        let testDescription: String
        let settings: SamplingSettings
        let expected: [Double]
    }

    static let cases = [
        Case(
            testDescription: "whole distribution", settings: SamplingSettings(),
            expected: [0.15, 0.5, 0.1, 0.25]),
        Case(
            testDescription: "top-k 2", settings: SamplingSettings(topK: 2),
            expected: [0, 2.0 / 3, 0, 1.0 / 3]),
        Case(
            testDescription: "top-p 0.8 keeps the token that passes it",
            settings: SamplingSettings(topP: 0.8), expected: [1.0 / 6, 5.0 / 9, 0, 2.5 / 9]),
        Case(
            testDescription: "min-p 0.4", settings: SamplingSettings(minP: 0.4),
            expected: [0, 2.0 / 3, 0, 1.0 / 3]),
        Case(
            testDescription: "temperature 0.5 squares",
            settings: SamplingSettings(temperature: 0.5),
            expected: [0.0225, 0.25, 0.01, 0.0625].map { $0 / 0.345 }),
    ]

    @Test(arguments: cases)
    func frequenciesAreTheDistribution(of testCase: Case) {
        let found = frequencies(testCase.settings)
        for (found, expected) in zip(found, testCase.expected) {
            // Five standard errors of 4,000 draws.
            #expect(abs(found - expected) <= 5 * (expected * (1 - expected) / 4000).squareRoot())
        }
    }

    @Test(arguments: cases)
    func logProbabilitiesAreThoseOfTheDistributionSampledFrom(of testCase: Case) {
        let uniforms = stride(from: 0.01, to: 1, by: 0.07).map { $0 }
        let sampled = testCase.settings.sample(
            logits.expanded([uniforms.count, 4]), uniforms: uniforms)
        for (token, value) in zip(sampled.tokens, sampled.logProbabilities) {
            #expect(abs(Double(value) - Foundation.log(testCase.expected[token])) < 1e-5)
        }
    }
}
