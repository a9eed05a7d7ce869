import Foundation
import LanguageModels
import NeuralNetwork
import TestSupport
import Testing
import Torch

@Suite struct ValueNetworkTests {
    private let packed = PackedSequences(
        [
            TokenGroup(prompt: [17, 42, 8], completions: [[55, 12, 2], [23, 2]]),
            TokenGroup(prompt: [5], completions: [[9]]),
        ], device: .cpu)

    /// A network whose head is not zero: one that has learned.
    private func network(
        _ form: ValueNetworkForm, of policy: LanguageModel
    ) throws -> ValueNetwork {
        let value = try ValueNetwork(form, of: policy)
        for (place, parameter) in value.parameters.suffix(2).enumerated() {
            parameter.value.copyInPlace(
                Tensor.normal(
                    deviation: 0.5, seed: UInt64(place + 1), shape: parameter.value.shape))
        }
        return value
    }

    private func requireGradients(_ policy: LanguageModel, _ value: ValueNetwork) {
        for parameter in policy.decoder.parameters + value.parameters {
            parameter.value.requiringGradient()
        }
    }

    @Test(arguments: [ValueNetworkForm.separate, .shared()])
    func aNewNetworkExpectsNothing(form: ValueNetworkForm) throws {
        let value = try ValueNetwork(form, of: try Fixtures.model("qwen2-tiny"))
        #expect(value.values(packed).doubles == [0, 0, 0, 0, 0, 0])
    }

    /// The value before a token depends on what is before it and on nothing else.
    @Test(arguments: [ValueNetworkForm.separate, .shared()])
    func valuesAreThoseOfTheStatesBeforeEachToken(form: ValueNetworkForm) throws {
        let policy = try Fixtures.model("llama-tiny")
        let value = try network(form, of: policy)
        let values = value.values(packed).doubles
        let head = value.parameters.suffix(2).map(\.value.doubles)
        let states = policy.decoder.predictorStates(packed).doubles
        let width = policy.decoder.configuration.hiddenSize
        for (place, found) in values.enumerated() {
            let state = states[place * width..<(place + 1) * width]
            let expected = zip(state, head[0]).reduce(head[1][0]) { $0 + $1.0 * $1.1 }
            #expect(abs(found - expected) < 1e-4)
        }
        // Both completions of the first prompt start from the same state.
        #expect(values[0] == values[3])
        let other = PackedSequences(
            [TokenGroup(prompt: [17, 42, 8], completions: [[1, 1, 1]])], device: .cpu)
        #expect(abs(value.values(other).doubles[0] - values[0]) < 1e-5)
    }

    @Test func theSeparateFormHasACopyOfItsOwn() throws {
        let policy = try Fixtures.model("llama-tiny")
        let value = try network(.separate, of: policy)
        let before = value.values(packed).doubles
        requireGradients(policy, value)
        value.values(packed).sum().backward()
        #expect(policy.decoder.parameters.allSatisfy { $0.value.gradient == nil })
        #expect(value.parameters.allSatisfy { $0.value.gradient != nil })
        // There is no output layer: the head is in its place.
        #expect(!value.parameters.contains { $0.name == "lm_head.weight" })
        withoutGradients {
            for parameter in policy.decoder.parameters { parameter.value.multiplyInPlace(0) }
        }
        #expect(value.values(packed).doubles == before)
    }

    @Test(arguments: [false, true])
    func theSharedFormsGradientReachesTheDecoderUnlessItIsStopped(stops: Bool) throws {
        let policy = try Fixtures.model("qwen2-tiny")
        let value = try network(.shared(stopsGradient: stops), of: policy)
        requireGradients(policy, value)
        #expect(value.parameters.map(\.name) == ["value_head.weight", "value_head.bias"])
        for headAlone in [false, true] {
            for states in [nil, policy.decoder.predictorStates(packed)] {
                value.values(packed, policyStates: states, trainsHeadAlone: headAlone)
                    .sum().backward()
                #expect(value.parameters.allSatisfy { $0.value.gradient != nil })
                for parameter in policy.decoder.parameters
                where parameter.name != "lm_head.weight" {
                    let isReached = parameter.value.gradient != nil
                    #expect(isReached == !(stops || headAlone), "\(parameter.name)")
                }
                for parameter in policy.decoder.parameters { parameter.value.clearGradient() }
            }
        }
    }

    @Test(arguments: [ValueNetworkForm.separate, .shared()])
    func savingAndLoadingKeepsTheValues(form: ValueNetworkForm) throws {
        let policy = try Fixtures.model("llama-tiny")
        let value = try network(form, of: policy)
        try withTemporaryFolder { folder in
            try value.save(into: folder)
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            #expect(names == ["value.safetensors"])
            let file = try SafetensorsFile(folder.appending(path: "value.safetensors"))
            #expect(file.entries.count == value.parameters.count)
            let loaded = try ValueNetwork(form, of: policy, folder: folder)
            #expect(loaded.values(packed).doubles == value.values(packed).doubles)
        }
    }

    @Test func theOtherFormsFileIsRefused() throws {
        let policy = try Fixtures.model("qwen2-tiny")
        for (saved, other, found) in [
            (ValueNetworkForm.separate, ValueNetworkForm.shared(), "found a decoder too"),
            (.shared(), .separate, "found the head alone"),
        ] {
            try withTemporaryFolder { folder in
                try ValueNetwork(saved, of: policy).save(into: folder)
                let error = try #require(throws: ModelError.self) {
                    _ = try ValueNetwork(other, of: policy, folder: folder)
                }
                #expect(error.description.contains(found))
            }
        }
        let missing = Fixtures.folder.appending(path: "qwen2-tiny")
        #expect(throws: SafetensorsError.self) {
            _ = try ValueNetwork(.separate, of: policy, folder: missing)
        }
    }

    @Test func anotherDecoderCanBeTheStart() throws {
        let other = try Fixtures.model("llama-tiny").decoder
        let value = try ValueNetwork(copying: other)
        #expect(value.form == .separate)
        for (copy, original) in zip(value.trunk.parameters, other.parameters) {
            #expect(copy.name == original.name && copy.value.doubles == original.value.doubles)
        }
        #expect(value.values(packed).doubles.allSatisfy { $0 == 0 })
    }
}
