public import NeuralNetwork

/// The shape of a decoder: what `config.json` says, with the defaults of transformers filled in.
public struct DecoderConfiguration: Sendable, Equatable {
    /// The family, `model_type` in the file.
    public var family = ModelFamily.llama
    /// V, the rows of the embedding; may be larger than the tokenizer.
    public var vocabularySize = 0
    /// E
    public var hiddenSize = 0
    /// The width inside the feed-forward network.
    public var feedForwardSize = 0
    /// The number of blocks.
    public var layerCount = 0
    /// H
    public var headCount = 0
    /// K, a divisor of H
    public var keyValueHeadCount = 0
    /// D
    public var headWidth = 0
    /// The longest sequence that the model was made for, prompt and completion together.
    public var contextLength = 2048
    /// The rotation of positions, in all layers but those of `slidingRotary`.
    public var rotary = RotaryConfiguration()
    /// The rotation in the layers with a sliding window, where it is another.
    public var slidingRotary: RotaryConfiguration?
    /// The layers that rotate nothing.
    public var unrotatedLayers: Set<Int> = []
    /// How many tokens the queries of `slidingLayers` look at, themselves included.
    public var slidingWindow: Int?
    /// The layers with a sliding window.
    public var slidingLayers: Set<Int> = []
    /// The attention's scale is its root's inverse (`query_pre_attn_scalar`); `nil` for D.
    public var attentionDivisor: Double?
    /// c in c · tanh(x / c) on the attention scores (`attn_logit_softcapping`).
    public var scoreCap: Double?
    /// c in c · tanh(x / c) on the logits (`final_logit_softcapping`).
    public var logitCap: Double?
    /// The activation of the feed-forward network's gate.
    public var activation = Activation.silu
    /// Added to the mean square in the norms.
    public var normEpsilon = 1e-6
    /// The output layer is the embedding.
    public var tiesEmbeddings = false
    /// A bias on all four attention projections (`attention_bias`).
    public var attentionBias = false
    /// A bias on the three feed-forward projections (`mlp_bias`).
    public var feedForwardBias = false
    /// The tokens that end a completion, `eos_token_id`.
    public var stopTokens: [Int] = []
    /// The deviation of new weights.
    public var initializerDeviation = 0.02
    /// Where the network stands in the checkpoint of a model of text and images.
    var isPartOfMultimodal = false

    /// The activations of feed-forward networks, `hidden_act` or `hidden_activation`.
    public enum Activation: String, Sendable, CaseIterable {
        /// x · sigmoid(x)
        case silu
        /// x · Φ(x), by the tanh formula
        case geluTanh = "gelu_pytorch_tanh"
    }

    /// Whether the query, key and value projections have a bias.
    public var queryKeyValueBias: Bool { family.alwaysHasQueryKeyValueBias || attentionBias }

    /// What the attention of a layer does.
    func attentionRule(layer: Int) -> AttentionRule {
        AttentionRule(
            scale: 1 / (attentionDivisor ?? Double(headWidth)).squareRoot(),
            window: slidingLayers.contains(layer) ? slidingWindow : nil, scoreCap: scoreCap)
    }

    /// The number of weights.
    public var parameterCount: Int {
        let attention = hiddenSize * headWidth * (2 * headCount + 2 * keyValueHeadCount)
        let feedForward = 3 * hiddenSize * feedForwardSize
        var block = attention + feedForward + hiddenSize * (family.isGemma ? 4 : 2)
        if queryKeyValueBias { block += headWidth * (headCount + 2 * keyValueHeadCount) }
        if attentionBias { block += hiddenSize }
        if feedForwardBias { block += 2 * feedForwardSize + hiddenSize }
        if family.normalizesQueriesAndKeys { block += 2 * headWidth }
        let tables = vocabularySize * hiddenSize * (tiesEmbeddings ? 1 : 2)
        return tables + layerCount * block + hiddenSize
    }
}
