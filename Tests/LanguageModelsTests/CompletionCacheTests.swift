import NeuralNetwork
import TestSupport
import Testing
import Tokenizers
import Torch

@testable import LanguageModels

/// Decoders whose head width the fused cache takes.
private enum Shape: String, CaseIterable {
    case plain, windows, caps

    var configuration: DecoderConfiguration {
        var shape = DecoderConfiguration()
        shape.family = self == .plain ? .qwen3 : .gemma2
        (shape.vocabularySize, shape.hiddenSize, shape.feedForwardSize) = (300, 48, 80)
        (shape.layerCount, shape.headCount, shape.keyValueHeadCount) = (3, 6, 2)
        (shape.headWidth, shape.initializerDeviation) = (16, 0.3)
        if self != .plain {
            (shape.slidingWindow, shape.slidingLayers) = (5, [0, 2])
            shape.activation = .geluTanh
        }
        if self == .caps { (shape.scoreCap, shape.logitCap) = (2, 3) }
        return shape
    }

    func decoder(_ dtype: DType = .float32) throws -> Decoder {
        try Decoder(configuration, from: .random(seed: 3, dtype: dtype))
    }
}

private let groups = [
    TokenGroup(prompt: Array(1...40), completions: [[5, 6, 7, 8], [9], [10, 11]]),
    TokenGroup(prompt: [44], completions: [Array(50...70), [1, 2, 3]]),
    TokenGroup(prompt: Array(7...23), completions: [Array(100...135)]),
]

@Suite struct CompletionCacheTests {
    @Test(arguments: Shape.allCases)
    private func theFusedCacheGivesTheNumbersOfPlainOperations(shape: Shape) throws {
        let fused = try withoutGradients { try shape.decoder().decodedLogits(groups) }
        let exact = try withoutGradients { try shape.decoder(.float64).decodedLogits(groups) }
        let plain = try withoutGradients {
            try shape.decoder().decodedLogits(groups, isFused: false)
        }
        for (fused, (plain, exact)) in zip(fused, zip(plain, exact)) {
            #expect(largestDifference(fused.doubles, exact.doubles) < 2e-4)
            #expect(largestDifference(plain.doubles, exact.doubles) < 2e-4)
        }
    }

    @Test func aRowThatLeavesGivesItsPlaceToTheNext() throws {
        let decoder = try Shape.plain.decoder()
        let size = CacheSize(prompts: 2, promptCapacity: 4, rows: 3, capacity: 4)
        guard let cache = SlotCache(decoder: decoder, size: size) else { return }
        let add = { (prompt: [Int], rows: Int) in
            cache.add(PackedPrompts([prompt], device: .cpu), rowCounts: [rows])
        }
        add([1, 2, 3], 2)
        #expect(cache.freeRows == 1)
        cache.advance()
        cache.keep([1])
        add([4], 2)
        #expect(cache.positions == [4, 1, 1])
        // A row is free when it has left, but there is no room for a third prompt.
        cache.keep([0, 1])
        #expect(cache.freeRows == 0)
        cache.keep([1])
        #expect(cache.freeRows == 2)
    }
}

@Suite struct ContinuousBatchingTests {
    private func model() throws -> LanguageModel {
        LanguageModel(
            decoder: try Shape.plain.decoder(), tokenizer: .byteLevel(),
            stopTokens: Set(0..<12))
    }

    private let requests = (0..<7).map { place in
        GenerationRequest(
            prompt: Array(20..<24 + place * 5),
            streams: (0..<(1 + place % 4)).map { RandomStream(8, UInt64(place), UInt64($0)) })
    }

    @Test(arguments: [1, 4, 6])
    func completionsAreTheSameHoweverManyAreSampledAtATime(limit: Int) throws {
        let model = try model()
        var settings = GenerationSettings(maxNewTokens: 30)
        let together = model.generate(requests, settings: settings)
        settings.concurrentCompletions = limit
        #expect(model.generate(requests, settings: settings) == together)
        #expect(Set(together.flatMap { $0.map(\.tokens.count) }).count > 5)
    }

    /// Also where no cache is fused: what waits goes in when all others have gone.
    @Test func plainOperationsLetWaitingGroupsInToo() throws {
        let model = LanguageModel(
            decoder: try Shape.plain.decoder(.float64), tokenizer: .byteLevel(),
            stopTokens: Set(0..<12))
        var settings = GenerationSettings(maxNewTokens: 12)
        let together = model.generate(requests, settings: settings)
        settings.concurrentCompletions = 5
        let inParts = model.generate(requests, settings: settings)
        #expect(inParts.map { $0.map(\.tokens) } == together.map { $0.map(\.tokens) })
    }
}
