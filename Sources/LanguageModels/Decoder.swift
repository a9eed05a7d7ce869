public import NeuralNetwork
public import Torch

/// A decoder-only transformer; the family is data, not code.
///
/// A pass is packed: the tokens of all its sequences one after the other, without padding. How
/// tokens look at each other is the caller's `attend`, so that one forward pass serves training,
/// the first pass over prompts, and decoding with a cache, with the same weights and kernels.
public final class Decoder {
    /// What attention does: layer, queries `[T, H, D]`, keys and values `[T, K, D]` →
    /// `[T, H · D]`.
    public typealias Attend = (_ layer: Int, _ q: Tensor, _ k: Tensor, _ v: Tensor) -> Tensor

    /// The shape of the network.
    public let configuration: DecoderConfiguration
    /// What its linear layers add to their product, if anything.
    public let adapter: LowRankAdapter?
    /// Whether a training pass keeps only what goes into each block, and computes the block again
    /// for its gradient: about a third more time for a fraction of the memory.
    public var recomputesBlocks = false
    private let embedding: Embedding
    let blocks: [DecoderBlock]
    private let norm: RMSNorm
    private let untiedOutput: Linear?
    private let rotary: RotaryEmbedding
    private let slidingRotary: RotaryEmbedding?

    /// A decoder with the weights of a checkpoint or with new ones.
    public init(_ configuration: DecoderConfiguration, from source: ParameterSource) throws {
        self.configuration = configuration
        adapter = source.adapter
        let deviation = configuration.initializerDeviation
        embedding = try Embedding(
            source, "model.embed_tokens", count: configuration.vocabularySize,
            width: configuration.hiddenSize, deviation: deviation)
        blocks = try (0..<configuration.layerCount).map { layer in
            try DecoderBlock(configuration, source, "model.layers.\(layer)")
        }
        norm = try RMSNorm(
            source, "model.norm", width: configuration.hiddenSize,
            epsilon: configuration.normEpsilon, gain: configuration.normGain)
        untiedOutput =
            configuration.tiesEmbeddings
            ? nil
            : try Linear(
                source, "lm_head", from: configuration.hiddenSize,
                to: configuration.vocabularySize, bias: false, deviation: deviation)
        let rotation = { (rule: RotaryConfiguration) in
            RotaryEmbedding(headWidth: configuration.headWidth, configuration: rule)
        }
        rotary = rotation(configuration.rotary)
        slidingRotary = configuration.slidingRotary.map(rotation)
        try adapter?.checkTargets()
    }

    /// The hidden states before the output layer.
    ///
    /// - Parameters:
    ///   - tokens: `[T]`, int64
    ///   - places: where the tokens stand in their sequences.
    ///   - attend: what attention does.
    /// - Returns: `[T, E]`
    public func hiddenStates(
        tokens: Tensor, places: TokenPlaces, attend: @escaping Attend
    ) -> Tensor {
        var hidden = embedded(tokens)
        let angles = rotary.angles(at: places, dtype: hidden.dtype)
        let slidingAngles = slidingRotary?.angles(at: places, dtype: hidden.dtype) ?? angles
        for (layer, block) in blocks.enumerated() {
            let isSliding = configuration.slidingLayers.contains(layer)
            let isRotated = !configuration.unrotatedLayers.contains(layer)
            let own = isRotated ? (isSliding ? slidingAngles : angles) : nil
            hidden = recomputingBlock(hidden) { hidden in
                block(hidden, angles: own) { attend(layer, $0, $1, $2) }
            }
        }
        return norm(hidden)
    }

    /// The hidden states of a packed pass whose attention is a layout, `[T, E]`.
    public func hiddenStates(
        tokens: Tensor, places: TokenPlaces, layout: AttentionLayout
    ) -> Tensor {
        hiddenStates(tokens: tokens, places: places) { [configuration] layer, q, k, v in
            layout.attention(
                query: q, key: k, value: v, rule: configuration.attentionRule(layer: layer))
        }
    }

    /// Token ids `[T]` → `[T, E]`
    private func embedded(_ tokens: Tensor) -> Tensor {
        let vectors = embedding(tokens)
        guard configuration.family.isGemma else { return vectors }
        // √E rounded to the type of the weights, as the checkpoints were trained.
        let scale = Tensor.full(
            Double(configuration.hiddenSize).squareRoot(), shape: [1], device: vectors.device)
        return vectors * scale.to(vectors.dtype)
    }

    /// The logits of hidden states `[…, E]` → `[…, V]`, soft-capped where the family does that.
    func logits(of hidden: Tensor, by output: OutputLayer) -> Tensor {
        let logits = output(hidden)
        return configuration.logitCap.map { logits.softCapped($0) } ?? logits
    }

    /// The output layer, `[V, E]`.
    public var outputWeight: Tensor { (untiedOutput?.weight ?? embedding.weight).value }

    /// All parameters, in the order of the network.
    public var parameters: [Parameter] {
        [embedding.weight] + blocks.flatMap(\.parameters) + [norm.weight]
            + (untiedOutput?.parameters ?? [])
    }

    /// The type of the weights.
    public var dtype: DType { embedding.weight.value.dtype }

    /// Where the weights lie.
    public var device: Device { embedding.weight.value.device }
}
