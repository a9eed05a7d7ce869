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
    private let embedding: Embedding
    private let blocks: [DecoderBlock]
    private let norm: RMSNorm
    private let untiedOutput: Linear?
    private let rotary: RotaryEmbedding

    /// A decoder with the weights of a checkpoint or with new ones.
    public init(_ configuration: DecoderConfiguration, from source: ParameterSource) throws {
        self.configuration = configuration
        let deviation = configuration.initializerDeviation
        embedding = try Embedding(
            source, "model.embed_tokens", count: configuration.vocabularySize,
            width: configuration.hiddenSize, deviation: deviation)
        blocks = try (0..<configuration.layerCount).map { layer in
            try DecoderBlock(configuration, source, "model.layers.\(layer)")
        }
        norm = try RMSNorm(
            source, "model.norm", width: configuration.hiddenSize,
            epsilon: configuration.normEpsilon)
        untiedOutput =
            configuration.tiesEmbeddings
            ? nil
            : try Linear(
                source, "lm_head", from: configuration.hiddenSize,
                to: configuration.vocabularySize, bias: false, deviation: deviation)
        rotary = RotaryEmbedding(
            headWidth: configuration.headWidth, base: configuration.rotaryBase)
    }

    /// The hidden states before the output layer.
    ///
    /// - Parameters:
    ///   - tokens: `[T]`, int64
    ///   - positions: each token's place in its own sequence, `[T]`, int64
    ///   - attend: what attention does.
    /// - Returns: `[T, E]`
    public func hiddenStates(tokens: Tensor, positions: Tensor, attend: Attend) -> Tensor {
        var hidden = embedding(tokens)
        let angles = rotary.angles(at: positions, dtype: hidden.dtype)
        for (layer, block) in blocks.enumerated() {
            hidden = block(hidden, angles: angles) { attend(layer, $0, $1, $2) }
        }
        return norm(hidden)
    }

    /// The hidden states of a packed pass whose attention is a layout, `[T, E]`.
    public func hiddenStates(
        tokens: Tensor, positions: Tensor, layout: AttentionLayout
    ) -> Tensor {
        hiddenStates(tokens: tokens, positions: positions) { [attentionScale] _, q, k, v in
            layout.attention(query: q, key: k, value: v, scale: attentionScale)
        }
    }

    /// The factor on q kᵀ.
    var attentionScale: Double { 1 / Double(configuration.headWidth).squareRoot() }

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

/// Attention and feed-forward network, each behind a norm and added to its input.
private struct DecoderBlock {
    private let attentionNorm: RMSNorm
    private let attention: SelfAttention
    private let feedForwardNorm: RMSNorm
    private let feedForward: FeedForward

    init(_ configuration: DecoderConfiguration, _ source: ParameterSource, _ name: String) throws {
        let norm = { (part: String) in
            try RMSNorm(
                source, "\(name).\(part)", width: configuration.hiddenSize,
                epsilon: configuration.normEpsilon)
        }
        attentionNorm = try norm("input_layernorm")
        attention = try SelfAttention(configuration, source, "\(name).self_attn")
        feedForwardNorm = try norm("post_attention_layernorm")
        feedForward = try FeedForward(configuration, source, "\(name).mlp")
    }

    /// `[T, E] → [T, E]`
    func callAsFunction(
        _ input: Tensor, angles: RotaryEmbedding.Angles,
        attend: (Tensor, Tensor, Tensor) -> Tensor
    ) -> Tensor {
        let attended = input + attention(attentionNorm(input), angles: angles, attend: attend)
        return attended + feedForward(feedForwardNorm(attended))
    }

    var parameters: [Parameter] {
        attentionNorm.parameters + attention.parameters + feedForwardNorm.parameters
            + feedForward.parameters
    }
}

/// Grouped-query attention with rotary positions (Ainslie et al. 2023).
private struct SelfAttention {
    private let query: Linear
    private let key: Linear
    private let value: Linear
    private let output: Linear
    private let headWidth: Int

    init(_ configuration: DecoderConfiguration, _ source: ParameterSource, _ name: String) throws {
        headWidth = configuration.headWidth
        let projection = { (part: String, heads: Int) in
            try Linear(
                source, "\(name).\(part)", from: configuration.hiddenSize,
                to: heads * configuration.headWidth, bias: configuration.queryKeyValueBias,
                deviation: configuration.initializerDeviation)
        }
        query = try projection("q_proj", configuration.headCount)
        key = try projection("k_proj", configuration.keyValueHeadCount)
        value = try projection("v_proj", configuration.keyValueHeadCount)
        output = try Linear(
            source, "\(name).o_proj", from: configuration.headCount * configuration.headWidth,
            to: configuration.hiddenSize, bias: configuration.attentionBias,
            deviation: configuration.initializerDeviation)
    }

    /// `[T, E] → [T, E]`
    func callAsFunction(
        _ input: Tensor, angles: RotaryEmbedding.Angles,
        attend: (Tensor, Tensor, Tensor) -> Tensor
    ) -> Tensor {
        let heads = { (projected: Tensor) in projected.reshaped([input.shape[0], -1, headWidth]) }
        return output(
            attend(
                heads(query(input)).rotated(angles), heads(key(input)).rotated(angles),
                heads(value(input))))
    }

    var parameters: [Parameter] {
        query.parameters + key.parameters + value.parameters + output.parameters
    }
}

/// The gated feed-forward network SwiGLU (Shazeer 2020, equation 6).
private struct FeedForward {
    private let gate: Linear
    private let up: Linear
    private let down: Linear

    init(_ configuration: DecoderConfiguration, _ source: ParameterSource, _ name: String) throws {
        let layer = { (part: String, inputs: Int, outputs: Int) in
            try Linear(
                source, "\(name).\(part)", from: inputs, to: outputs,
                bias: configuration.feedForwardBias, deviation: configuration.initializerDeviation)
        }
        let (outer, inner) = (configuration.hiddenSize, configuration.feedForwardSize)
        gate = try layer("gate_proj", outer, inner)
        up = try layer("up_proj", outer, inner)
        down = try layer("down_proj", inner, outer)
    }

    /// `[T, E] → [T, E]`
    func callAsFunction(_ input: Tensor) -> Tensor { down(gate(input).silu() * up(input)) }

    var parameters: [Parameter] { gate.parameters + up.parameters + down.parameters }
}
