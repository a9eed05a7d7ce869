public import Torch

/// A low-rank adapter of a network: two small matrices beside the weight of each adapted layer.
///
/// It is part of a `ParameterSource`: a linear layer that is made from the source asks for its part
/// of the adapter as it asks for its weight, and adds its product ever after.
public final class LowRankAdapter {
    /// The choices.
    public let settings: LowRankAdapterSettings
    /// What the weights that it was made for are called; `base_model_name_or_path` in its file.
    public var base: String?
    /// The parts that layers have asked for, in the order of the network.
    public private(set) var layers: [LowRankLayer] = []
    /// What training leaves out of the adapter's inputs.
    public let dropout: Dropout
    private let source: ParameterSource
    /// The last parts of the names of all linear layers that there are.
    private var layerNames: [String] = []
    private var unmatched: Set<String>

    /// An adapter whose matrices come from a source: new ones, or those of a file.
    public init(
        _ settings: LowRankAdapterSettings, from source: ParameterSource, base: String? = nil
    ) throws(LowRankAdapterError) {
        try settings.validate()
        self.settings = settings
        self.source = source
        self.base = base
        dropout = Dropout(rate: settings.dropout)
        if case .names(let names) = settings.targets {
            unmatched = Set(names)
        } else {
            unmatched = []
        }
    }

    /// A new adapter: A uniform in ±1/√in (Kaiming with a = √5), B zero, so that the network is at
    /// first what it was. Its weights are float32 whatever the type of the frozen ones is.
    ///
    /// - Parameters:
    ///   - settings: the choices.
    ///   - seed: of A.
    ///   - device: where the frozen weights lie.
    ///   - dtype: of A and B; float64 only where the network's is.
    /// - Throws: `LowRankAdapterError` for choices that make no adapter.
    public convenience init(
        new settings: LowRankAdapterSettings, seed: UInt64, device: Device = .cpu,
        dtype: DType = .float32
    ) throws(LowRankAdapterError) {
        // A word of its own keeps this stream apart from those of the run.
        var stream = RandomStream(seed, 0x6C6F7261)
        try self.init(
            settings, from: .random(seed: stream.next(), dtype: dtype, device: device))
    }

    /// The parameters that learn, in the order of the network.
    public var parameters: [Parameter] { layers.flatMap { [$0.down, $0.up] } }

    /// The part of a linear layer, or `nil` where it is no target.
    func layer(_ name: String, from inputs: Int, to outputs: Int) throws -> LowRankLayer? {
        let last = name.split(separator: ".").last.map(String.init) ?? name
        if !layerNames.contains(last) { layerNames.append(last) }
        unmatched = unmatched.filter { name != $0 && !name.hasSuffix(".\($0)") }
        guard let (rank, scale) = try settings.shape(of: name) else { return nil }
        let layer = LowRankLayer(
            name: name,
            down: try source.parameter(
                "\(name).lora_A.weight", shape: [rank, inputs],
                initial: .uniform(bound: 1 / Double(inputs).squareRoot())),
            up: try source.parameter(
                "\(name).lora_B.weight", shape: [outputs, rank], initial: .zeros),
            scale: scale, dropout: dropout, place: layers.count)
        layers.append(layer)
        return layer
    }

    /// Throws where no layer, or none of one of the names, has asked for its part: call it once the
    /// network is made.
    public func checkTargets() throws(LowRankAdapterError) {
        if let name = unmatched.min() { throw .noSuchLayer(name, known: layerNames) }
        if layers.isEmpty { throw .nothingMatches(known: layerNames) }
    }
}

/// What an adapter adds to one linear layer.
public struct LowRankLayer {
    /// The layer's name, such as `model.layers.0.self_attn.q_proj`.
    public let name: String
    /// A, `[r, in]`
    public let down: Parameter
    /// B, `[out, r]`
    public let up: Parameter
    /// s
    public let scale: Double
    let dropout: Dropout
    let place: Int

    /// `output + s · (input Aᵀ) Bᵀ`, computed in the type of A and B and rounded once to that of
    /// the output, as in PEFT.
    ///
    /// - Parameters:
    ///   - output: what the frozen layer has just computed, `[…, out]`; it may be changed.
    ///   - input: `[…, in]`
    ///   - product: what the input is made of, where it is a gated product.
    /// - Returns: `[…, out]`
    func adding(to output: Tensor, input: Tensor, product: GatedProduct?) -> Tensor {
        let inner = inner(input, product)
        if output.dtype == inner.dtype, inner.shape.count == 2 {
            // Three tensors of the output's size less than the sum below.
            output.addLowRankInPlace(inner, up.value, factor: scale)
            return output
        }
        return (output + inner.linear(up.value) * scale).to(output.dtype)
    }

    /// `input Aᵀ`, `[…, r]`
    private func inner(_ input: Tensor, _ product: GatedProduct?) -> Tensor {
        if let product, !dropout.isActive, input.dtype == down.value.dtype {
            return product.linear(down.value)
        }
        return dropout(input.to(down.value.dtype), place: place).linear(down.value)
    }

    /// s · B A, what merging adds to the weight, `[out, in]`
    public var weightChange: Tensor { up.value.matmul(down.value) * scale }
}
