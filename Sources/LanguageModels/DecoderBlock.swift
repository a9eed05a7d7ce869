import NeuralNetwork
import Torch

/// Attention and feed-forward network, each behind a norm and added to its input; Gemma has a norm
/// behind each too.
struct DecoderBlock {
    private let attentionNorm: RMSNorm
    private let attention: SelfAttention
    private let attendedNorm: RMSNorm?
    private let feedForwardNorm: RMSNorm
    private let feedForward: FeedForward
    private let fedNorm: RMSNorm?

    init(_ configuration: DecoderConfiguration, _ source: ParameterSource, _ name: String) throws {
        let norm = { (part: String) in
            try RMSNorm(
                source, "\(name).\(part)", width: configuration.hiddenSize,
                epsilon: configuration.normEpsilon, gain: configuration.normGain)
        }
        let hasFourNorms = configuration.family.isGemma
        attentionNorm = try norm("input_layernorm")
        attention = try SelfAttention(configuration, source, "\(name).self_attn")
        // The name that elsewhere means the norm before the feed-forward network.
        attendedNorm = hasFourNorms ? try norm("post_attention_layernorm") : nil
        feedForwardNorm = try norm(
            hasFourNorms ? "pre_feedforward_layernorm" : "post_attention_layernorm")
        feedForward = try FeedForward(configuration, source, "\(name).mlp")
        fedNorm = hasFourNorms ? try norm("post_feedforward_layernorm") : nil
    }

    /// `[T, E] → [T, E]`; `nil` angles rotate nothing.
    func callAsFunction(
        _ input: Tensor, angles: RotaryEmbedding.Angles?,
        attend: (Tensor, Tensor, Tensor) -> Tensor
    ) -> Tensor {
        let attended = attention(attentionNorm(input), angles: angles, attend: attend)
        let middle = input + (attendedNorm?(attended) ?? attended)
        let fed = feedForward(feedForwardNorm(middle))
        return middle + (fedNorm?(fed) ?? fed)
    }

    /// The groups of linear layers, in the order of the network.
    var linearGroups: [LinearGroup] { attention.linearGroups + feedForward.linearGroups }

    var parameters: [Parameter] {
        attentionNorm.parameters + attention.parameters + (attendedNorm?.parameters ?? [])
            + feedForwardNorm.parameters + feedForward.parameters + (fedNorm?.parameters ?? [])
    }
}

/// Grouped-query attention with rotary positions (Ainslie et al. 2023).
private struct SelfAttention {
    /// Query, key and value, or one for all three.
    private let inputs: LinearGroup
    private let output: LinearGroup
    private let queryNorm: RMSNorm?
    private let keyNorm: RMSNorm?
    private let headWidth: Int
    private let headCounts: [Int]

    init(_ configuration: DecoderConfiguration, _ source: ParameterSource, _ name: String) throws {
        headWidth = configuration.headWidth
        let keyValueHeads = configuration.keyValueHeadCount
        headCounts = [configuration.headCount, keyValueHeads, keyValueHeads]
        let projection = { (part: String, heads: Int) in
            try Linear(
                source, "\(name).\(part)", from: configuration.hiddenSize,
                to: heads * configuration.headWidth, bias: configuration.queryKeyValueBias,
                deviation: configuration.initializerDeviation)
        }
        let norm = { (part: String) in
            try RMSNorm(
                source, "\(name).\(part)", width: configuration.headWidth,
                epsilon: configuration.normEpsilon, gain: configuration.normGain)
        }
        inputs = LinearGroup(
            configuration.family.fusesProjections
                ? [try projection("qkv_proj", headCounts.reduce(0, +))]
                : try zip(["q_proj", "k_proj", "v_proj"], headCounts).map(projection))
        output = LinearGroup([
            try Linear(
                source, "\(name).o_proj", from: configuration.headCount * configuration.headWidth,
                to: configuration.hiddenSize, bias: configuration.attentionBias,
                deviation: configuration.initializerDeviation)
        ])
        let hasNorms = configuration.family.normalizesQueriesAndKeys
        queryNorm = hasNorms ? try norm("q_norm") : nil
        keyNorm = hasNorms ? try norm("k_norm") : nil
    }

    /// `[T, E] → [T, E]`
    func callAsFunction(
        _ input: Tensor, angles: RotaryEmbedding.Angles?,
        attend: (Tensor, Tensor, Tensor) -> Tensor
    ) -> Tensor {
        let heads = inputs(input).map { $0.reshaped([input.shape[0], -1, headWidth]) }
            .split(axis: 1, sizes: headCounts)
        let query = queryNorm?(heads[0]) ?? heads[0]
        let key = keyNorm?(heads[1]) ?? heads[1]
        return output(attend(query.rotated(angles), key.rotated(angles), heads[2]))[0]
    }

    var linearGroups: [LinearGroup] { [inputs, output] }

    var parameters: [Parameter] {
        inputs.parameters + output.parameters + (queryNorm?.parameters ?? [])
            + (keyNorm?.parameters ?? [])
    }
}

/// The gated feed-forward network (Shazeer 2020, equation 6).
private struct FeedForward {
    /// Gate and up, or one for both.
    private let inputs: LinearGroup
    private let down: LinearGroup
    private let activation: Tensor.Activation

    init(_ configuration: DecoderConfiguration, _ source: ParameterSource, _ name: String) throws {
        let layer = { (part: String, inputs: Int, outputs: Int) in
            try Linear(
                source, "\(name).\(part)", from: inputs, to: outputs,
                bias: configuration.feedForwardBias, deviation: configuration.initializerDeviation)
        }
        let (outer, inner) = (configuration.hiddenSize, configuration.feedForwardSize)
        inputs = LinearGroup(
            configuration.family.fusesProjections
                ? [try layer("gate_up_proj", outer, 2 * inner)]
                : [try layer("gate_proj", outer, inner), try layer("up_proj", outer, inner)])
        down = LinearGroup([try layer("down_proj", inner, outer)])
        activation =
            switch configuration.activation {
            case .silu: .silu
            case .geluTanh: .geluTanh
            }
    }

    /// `[T, E] → [T, E]`
    func callAsFunction(_ input: Tensor) -> Tensor {
        let parts = inputs(input)
        let product = GatedProduct(
            gate: parts[0], up: parts.count > 1 ? parts[1] : nil, activation)
        return down(product.value, product: product)[0]
    }

    var linearGroups: [LinearGroup] { [inputs, down] }

    var parameters: [Parameter] { inputs.parameters + down.parameters }
}

extension [Tensor] {
    /// The parts of a fused product; products that are not fused are the parts already.
    fileprivate func split(axis: Int, sizes: [Int]) -> [Tensor] {
        guard let fused = first, count == 1 else { return self }
        var start = 0
        return sizes.map { size in
            defer { start += size }
            return fused.narrowed(axis, from: start, count: size)
        }
    }
}

extension DecoderConfiguration {
    /// What normalised values are multiplied by.
    var normGain: RMSNorm.Gain { family.isGemma ? .onePlusWeight : .weight }
}
