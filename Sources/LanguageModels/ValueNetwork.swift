public import Foundation
public import NeuralNetwork
public import Torch

/// Where the values of PPO come from.
public enum ValueNetworkForm: Sendable, Equatable {
    /// A decoder of its own, which starts as a copy: twice the memory and time of the policy.
    case separate
    /// A head on the policy's decoder. The loss of the values is added to the policy's with a
    /// coefficient (c₁ in Schulman et al. 2017, equation 9); `stopsGradient` keeps it out of the
    /// decoder, which the policy's loss alone shapes then.
    case shared(coefficient: Double = 0.1, stopsGradient: Bool = false)

    /// The coefficient of the values' loss. Networks that share no weight need none.
    package var coefficient: Double {
        if case .shared(let coefficient, _) = self { coefficient } else { 1 }
    }
}

/// What a policy can expect from each state on: the network that GRPO leaves out.
///
/// A decoder without its output layer, and a layer `E → 1` in its place, in float32.
public final class ValueNetwork {
    /// The name of the file beside `model.safetensors`.
    public static let fileName = "value.safetensors"

    /// Whose decoder it is.
    public let form: ValueNetworkForm
    /// The policy's own decoder in the shared form.
    public let trunk: Decoder
    private let head: Linear

    private init(_ form: ValueNetworkForm, trunk: Decoder, head source: ParameterSource) throws {
        self.form = form
        self.trunk = trunk
        head = try Linear(
            source, "value_head", from: trunk.configuration.hiddenSize, to: 1, bias: true,
            deviation: 0)
    }

    /// A new value network, whose values are all 0, on the policy's decoder or a copy of it.
    public convenience init(_ form: ValueNetworkForm, of policy: LanguageModel) throws {
        try self.init(
            form, trunk: form == .separate ? policy.decoder.trunkToTrain() : policy.decoder,
            head: .zeros(.float32, device: policy.decoder.device))
    }

    /// A new value network of the separate form, whose values are all 0, on a copy of another
    /// decoder than the policy's: that of another model folder, say.
    public convenience init(copying decoder: Decoder) throws {
        try self.init(
            .separate, trunk: decoder.trunkToTrain(), head: .zeros(.float32, device: decoder.device)
        )
    }

    /// The parameters that are the value network's own: the decoder's only in the separate form, and
    /// of a decoder with an adapter only that.
    public var parameters: [Parameter] {
        (form == .separate ? trunk.trainableParameters : []) + head.parameters
    }

    /// What can be expected from the state before each completion token on.
    ///
    /// - Parameters:
    ///   - packed: the tokens of the pass.
    ///   - policyStates: the policy's `decoder.predictorStates(packed)` where they are computed
    ///     already, so that a shared decoder is passed once, `[C, E]`; the separate form does not
    ///     read them.
    ///   - trainsHeadAlone: whether the gradient stops before a shared decoder, whatever the form
    ///     says.
    /// - Returns: one value for each completion token, `[C]`, float32.
    public func values(
        _ packed: PackedSequences, policyStates: Tensor? = nil, trainsHeadAlone: Bool = false
    ) -> Tensor {
        let states: Tensor
        switch form {
        case .separate: states = trunk.predictorStates(packed)
        case .shared(_, let stopsGradient):
            let shared = policyStates ?? trunk.predictorStates(packed)
            states = stopsGradient || trainsHeadAlone ? shared.detached() : shared
        }
        return head(states.to(.float32)).reshaped([-1])
    }
}

/// Reading and writing `value.safetensors`.
extension ValueNetwork {
    /// Loads the value network that was saved beside a policy.
    ///
    /// - Parameters:
    ///   - form: as it was saved.
    ///   - policy: for the shape, the type and the device, and for the decoder of the shared form.
    ///   - folder: with `value.safetensors`.
    /// - Throws: an error that names the file, what was expected and what was found.
    public convenience init(
        _ form: ValueNetworkForm, of policy: LanguageModel, folder: URL
    ) throws {
        let file = try SafetensorsFile(folder.appending(path: Self.fileName))
        let source = { (dtype: DType) in
            ParameterSource.checkpoint(file, dtype: dtype, device: policy.decoder.device)
        }
        let holdsDecoder = file.entries.keys.contains { !$0.hasPrefix("value_head.") }
        guard holdsDecoder == (form == .separate) else {
            throw ModelError(
                file: file.url.path,
                reason: holdsDecoder
                    ? "expected a value head alone, found a decoder too. It was saved from the "
                        + "separate form; use that."
                    : "expected a decoder and its value head, found the head alone. It was saved "
                        + "from the shared form; use that.")
        }
        try self.init(
            form,
            trunk: holdsDecoder ? policy.decoder.trunk(from: source) : policy.decoder,
            head: source(.float32))
    }

    /// Writes `value.safetensors` into a model folder: complete or absent. It holds the network's
    /// own parameters, so that of the shared form belongs to the `model.safetensors` beside it.
    public func save(into folder: URL) throws {
        try parameters.checkFinite(for: folder.appending(path: Self.fileName))
        try SafetensorsFile.write(
            parameters.map { ($0.name, $0.value) }, to: folder.appending(path: Self.fileName))
    }
}

extension ParameterSource {
    fileprivate static func zeros(_ dtype: DType, device: Device) -> ParameterSource {
        ParameterSource { _, shape, _ in .zeros(shape, dtype: dtype, device: device) }
    }
}

extension DecoderConfiguration {
    /// The same network, without a layer of its own after the hidden states.
    var withoutOutputLayer: DecoderConfiguration {
        var shape = self
        shape.tiesEmbeddings = true
        return shape
    }
}

extension Decoder {
    /// A copy without a layer of its own after the hidden states.
    func trunkCopy() throws -> Decoder {
        let copy = try Decoder(
            configuration.withoutOutputLayer, from: .zeros(dtype, device: device))
        withoutGradients {
            // In the order of the network the output layer comes last.
            for (new, old) in zip(copy.parameters, parameters) { new.value.copyInPlace(old.value) }
        }
        return copy
    }
}
