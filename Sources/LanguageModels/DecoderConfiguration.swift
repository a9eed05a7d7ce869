public import Foundation

/// The families of decoder that can be read and written.
public enum ModelFamily: String, Sendable, CaseIterable {
    case llama
    /// As llama, with a bias on the query, key and value projections.
    case qwen2
}

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
    /// The base of the rotary frequencies.
    public var rotaryBase = 10_000.0
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

    /// Whether the query, key and value projections have a bias.
    public var queryKeyValueBias: Bool { family == .qwen2 || attentionBias }

    /// The number of weights.
    public var parameterCount: Int {
        let attention = hiddenSize * headWidth * (2 * headCount + 2 * keyValueHeadCount)
        let biases = queryKeyValueBias ? headWidth * (headCount + 2 * keyValueHeadCount) : 0
        let block = attention + biases + 3 * hiddenSize * feedForwardSize + 2 * hiddenSize
        let tables = vocabularySize * hiddenSize * (tiesEmbeddings ? 1 : 2)
        return tables + layerCount * block + hiddenSize
    }
}

extension DecoderConfiguration {
    /// Reads `config.json`.
    ///
    /// - Parameters:
    ///   - data: the file's bytes.
    ///   - file: its path, for messages.
    /// - Throws: `ModelError` naming the key that is missing, of the wrong type or not supported.
    public init(json data: Data, file: String) throws(ModelError) {
        let mirror: ConfigurationFile
        do {
            mirror = try JSONDecoder().decode(ConfigurationFile.self, from: data)
        } catch let error as DecodingError {
            throw ModelError(file: file, decoding: error)
        } catch {
            throw ModelError(file: file, reason: "\(error)")
        }
        try self.init(mirror, file: file)
        try validate(file: file)
    }

    private init(_ mirror: ConfigurationFile, file: String) throws(ModelError) {
        guard let family = ModelFamily(rawValue: mirror.model_type) else {
            let known = ModelFamily.allCases.map(\.rawValue).joined(separator: ", ")
            throw ModelError(
                file: file,
                reason: "model_type is \"\(mirror.model_type)\"; supported are: \(known).")
        }
        self.family = family
        vocabularySize = mirror.vocab_size
        hiddenSize = mirror.hidden_size
        feedForwardSize = mirror.intermediate_size
        layerCount = mirror.num_hidden_layers
        headCount = mirror.num_attention_heads
        keyValueHeadCount = mirror.num_key_value_heads ?? headCount
        headWidth = mirror.head_dim ?? (headCount > 0 ? hiddenSize / headCount : 0)
        contextLength = mirror.max_position_embeddings ?? contextLength
        normEpsilon = mirror.rms_norm_eps ?? normEpsilon
        tiesEmbeddings = mirror.tie_word_embeddings ?? tiesEmbeddings
        attentionBias = mirror.attention_bias ?? false
        feedForwardBias = mirror.mlp_bias ?? false
        stopTokens = mirror.eos_token_id?.values ?? []
        initializerDeviation = mirror.initializer_range ?? initializerDeviation
        rotaryBase = try mirror.rotaryBase(file: file)
        if let activation = mirror.hidden_act, activation != "silu" {
            throw ModelError(
                file: file, reason: "hidden_act is \"\(activation)\"; supported: silu.")
        }
        if mirror.use_sliding_window == true {
            throw ModelError(
                file: file, reason: "use_sliding_window is true; sliding windows are not supported."
            )
        }
    }

    private func validate(file: String) throws(ModelError) {
        let sizes = [
            ("vocab_size", vocabularySize), ("hidden_size", hiddenSize),
            ("intermediate_size", feedForwardSize), ("num_hidden_layers", layerCount),
            ("num_attention_heads", headCount), ("num_key_value_heads", keyValueHeadCount),
            ("head_dim", headWidth), ("max_position_embeddings", contextLength),
        ]
        for (key, size) in sizes where size < 1 || size > 1 << 30 {
            throw ModelError(file: file, reason: "\(key) is \(size); expected 1 or more.")
        }
        guard headCount % keyValueHeadCount == 0 else {
            throw ModelError(
                file: file,
                reason: "num_key_value_heads is \(keyValueHeadCount), which does not divide "
                    + "num_attention_heads, \(headCount).")
        }
        guard headWidth % 2 == 0 else {
            throw ModelError(
                file: file, reason: "head_dim is \(headWidth); expected an even number.")
        }
    }

    /// The text of `config.json`, as transformers reads it.
    func json(dtype: String) -> Data {
        let family =
            family == .qwen2 ? ("Qwen2ForCausalLM", "qwen2") : ("LlamaForCausalLM", "llama")
        var file: [String: Any] = [
            "architectures": [family.0], "model_type": family.1, "vocab_size": vocabularySize,
            "hidden_size": hiddenSize, "intermediate_size": feedForwardSize,
            "num_hidden_layers": layerCount, "num_attention_heads": headCount,
            "num_key_value_heads": keyValueHeadCount, "head_dim": headWidth, "hidden_act": "silu",
            "max_position_embeddings": contextLength, "rope_theta": rotaryBase,
            "rms_norm_eps": normEpsilon, "tie_word_embeddings": tiesEmbeddings,
            "initializer_range": initializerDeviation, "torch_dtype": dtype,
            "eos_token_id": stopTokens.count == 1 ? stopTokens[0] : stopTokens,
        ]
        if self.family == .llama {
            file["attention_bias"] = attentionBias
            file["mlp_bias"] = feedForwardBias
        }
        return prettyJSON(file)
    }
}

/// A JSON object as text, keys sorted.
func prettyJSON(_ object: [String: Any]) -> Data {
    let options: JSONSerialization.WritingOptions = [
        .prettyPrinted, .sortedKeys, .withoutEscapingSlashes,
    ]
    let data = (try? JSONSerialization.data(withJSONObject: object, options: options)) ?? Data()
    return data + Data("\n".utf8)
}
