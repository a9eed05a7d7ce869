import Foundation
import NeuralNetwork
import TestSupport
import Testing
import Torch

@testable import LanguageModels

@Suite struct AdaptedDecoderTests {
    private let packed = PackedSequences(
        [
            TokenGroup(prompt: [17, 42, 8], completions: [[55, 12, 2], [23, 2]]),
            TokenGroup(prompt: [5], completions: [[9]]),
        ], device: .cpu)
    private let tokens = [5, 17, 80, 3, 9]

    private func logits(_ model: LanguageModel) -> [Double] {
        withoutGradients { model.decoder.logits(tokens).doubles }
    }

    /// The values of a training pass, and the gradient of each trained parameter.
    ///
    /// Only its forward half is in the scope of the dropout.
    private func pass(_ model: LanguageModel) -> (values: [Double], gradients: [[Double]?]) {
        let parameters = model.decoder.trainableParameters
        for parameter in parameters { parameter.value.requiringGradient() }
        defer { for parameter in parameters { parameter.value.clearGradient() } }
        let values = model.decoder.withDropout(1, 2, 3) {
            model.tokenStatistics(packed, temperature: 0.8).logProbabilities
        }
        values.sum().backward()
        return (values.detached().doubles, parameters.map { $0.value.gradient?.doubles })
    }

    @Test(arguments: ["llama-tiny", "qwen2-tiny"])
    func aNewAdapterChangesNothingAndSharesTheWeights(name: String) throws {
        let base = try Fixtures.model(name)
        let adapted = try adaptedModel(base, learned: false)
        #expect(logits(adapted) == logits(base))
        #expect(adapted.decoder.parameters.map(\.name) == base.decoder.parameters.map(\.name))
        withoutGradients { base.decoder.parameters[0].value.multiplyInPlace(2) }
        #expect(logits(adapted) == logits(base), "one storage")
    }

    @Test func onlyTheAdapterHasGradients() throws {
        let base = try Fixtures.model("qwen2-tiny")
        _ = pass(base)
        let model = try adaptedModel(base)
        let gradients = pass(model).gradients
        #expect(gradients.count == 2 * 7 * model.decoder.configuration.layerCount)
        #expect(gradients.allSatisfy { $0?.contains { $0 != 0 } == true })
        for parameter in model.decoder.parameters {
            #expect(!parameter.value.requiresGradient && parameter.value.gradient == nil)
        }
    }

    @Test func frozenWeightsMayBeBfloat16UnderAFloat32Adapter() throws {
        let base = try Fixtures.model("llama-tiny", dtype: .bfloat16)
        let model = try adaptedModel(base)
        #expect(model.decoder.dtype == .bfloat16)
        #expect(model.decoder.trainableParameters.allSatisfy { $0.value.dtype == .float32 })
        #expect(pass(model).gradients.allSatisfy { $0?.contains { $0 != 0 } == true })
        #expect(model.decoder.logits(tokens).dtype == .bfloat16)
        #expect(logits(model) != logits(base))
    }

    @Test(arguments: [false, true])
    func recomputedBlocksGiveTheSameBits(withAdapter: Bool) throws {
        let base = try Fixtures.model("llama-tiny")
        let model = withAdapter ? try adaptedModel(base, dropout: 0.3) : base
        var results: [(values: [Double], gradients: [[Double]?])] = []
        for recomputes in [false, true] {
            model.decoder.recomputesBlocks = recomputes
            results.append(pass(model))
        }
        #expect(results[0].values == results[1].values)
        #expect(results[0].gradients == results[1].gradients)
        #expect(results[0].gradients.allSatisfy { $0 != nil })
    }

    @Test func theMergedModelComputesTheSame() throws {
        let model = try adaptedModel(try Fixtures.model("qwen2-tiny"))
        let merged = try model.merged()
        #expect(merged.decoder.adapter == nil)
        #expect(largestDifference(logits(merged), logits(model)) < 1e-5)
    }

    @Test func theReferenceIsTheModelAsItIsNow() throws {
        let base = try Fixtures.model("qwen2-tiny")
        let new = try adaptedModel(base, learned: false)
        #expect(try new.adapterReference().decoder.adapter == nil)
        let model = try adaptedModel(base)
        let reference = try model.adapterReference()
        let before = logits(model)
        withoutGradients {
            for parameter in model.decoder.trainableParameters {
                parameter.value.multiplyInPlace(2)
            }
        }
        #expect(logits(reference) == before && logits(model) != before)
    }

    @Test(arguments: [ValueNetworkForm.separate, .shared()])
    func aValueNetworkHasAnAdapterOfItsOwnOrThePolicys(form: ValueNetworkForm) throws {
        let policy = try adaptedModel(try Fixtures.model("llama-tiny"))
        let value = try ValueNetwork(form, of: policy)
        let own = form == .separate ? policy.decoder.trainableParameters.count : 0
        #expect(value.parameters.count == own + 2)
        #expect(value.values(packed).doubles.allSatisfy { $0 == 0 })
        withoutGradients {
            for (place, parameter) in value.parameters.enumerated() {
                parameter.value.copyInPlace(parameter.value * 1.5 + 0.01 * Double(place % 5))
            }
        }
        try withTemporaryFolder { folder in
            try value.save(into: folder)
            let loaded = try ValueNetwork(form, of: policy, folder: folder)
            #expect(loaded.values(packed).doubles == value.values(packed).doubles)
            #expect(value.values(packed).doubles.contains { $0 != 0 })
        }
    }
}

/// A model with an adapter of all linear layers; a learned one changes what it computes.
func adaptedModel(
    _ base: LanguageModel, learned: Bool = true, dropout: Double = 0
) throws -> LanguageModel {
    var settings = LowRankAdapterSettings(rank: 3, alpha: 6)
    settings.dropout = dropout
    let model = try base.adapted(by: LowRankAdapter(new: settings, seed: 7))
    guard learned else { return model }
    withoutGradients {
        for (place, layer) in (model.decoder.adapter?.layers ?? []).enumerated() {
            layer.up.value.copyInPlace(
                .normal(deviation: 0.1, seed: UInt64(place), shape: layer.up.value.shape))
        }
    }
    return model
}
