/// The families of decoder that can be read and written, by the `model_type` of `config.json`.
public enum ModelFamily: String, Sendable, CaseIterable {
    case llama
    /// As llama, with a bias on the query, key and value projections, and sliding windows.
    case qwen2
    /// As qwen2 without that bias, with norms on the heads of queries and keys.
    case qwen3
    /// As llama, with a sliding window.
    case mistral
    /// As llama, with layers that rotate nothing.
    case smollm3
    /// Four norms a block, scaled embeddings, soft caps, sliding windows.
    case gemma2
    /// As gemma2 with norms on the heads instead of the soft caps, and two rotary embeddings.
    case gemma3 = "gemma3_text"
    /// As llama, with one projection for query, key and value, and one for gate and up.
    case phi3

    /// The name of the class in transformers.
    var architecture: String {
        switch self {
        case .llama: "LlamaForCausalLM"
        case .qwen2: "Qwen2ForCausalLM"
        case .qwen3: "Qwen3ForCausalLM"
        case .mistral: "MistralForCausalLM"
        case .smollm3: "SmolLM3ForCausalLM"
        case .gemma2: "Gemma2ForCausalLM"
        case .gemma3: "Gemma3ForCausalLM"
        case .phi3: "Phi3ForCausalLM"
        }
    }

    /// A bias on query, key and value that no key of the file asks for.
    var alwaysHasQueryKeyValueBias: Bool { self == .qwen2 }

    /// Whether `attention_bias` is read: a bias on all four attention projections.
    var readsAttentionBias: Bool { ![.qwen2, .mistral, .phi3].contains(self) }

    /// Whether `mlp_bias` is read: a bias on the three feed-forward projections.
    var readsFeedForwardBias: Bool { self == .llama || self == .smollm3 }

    /// Norms on the heads of queries and keys, before they are rotated.
    var normalizesQueriesAndKeys: Bool { self == .qwen3 || self == .gemma3 }

    /// Gemma's blocks: norms before and after attention and feed-forward network, all with the
    /// gain 1 + weight, and embeddings times √E.
    var isGemma: Bool { self == .gemma2 || self == .gemma3 }

    /// One projection for query, key and value, and one for gate and up.
    var fusesProjections: Bool { self == .phi3 }
}

/// What transformers 5.23 takes for keys that a file leaves out (`configuration_*.py`).
struct FamilyDefaults {
    /// `nil`: as many as there are heads.
    var keyValueHeadCount: Int?
    /// `nil`: hidden_size / num_attention_heads.
    var headWidth: Int?
    var contextLength = 32_768
    var normEpsilon = 1e-6
    var tiesEmbeddings = false
    var rotaryBase = 10_000.0
    var slidingWindow: Int?
    var scoreCap: Double?
    var logitCap: Double?

    init(_ family: ModelFamily) {
        switch family {
        case .llama: contextLength = 2048
        case .qwen2: (keyValueHeadCount, slidingWindow) = (32, 4096)
        case .qwen3: (keyValueHeadCount, slidingWindow, headWidth) = (32, 4096, 128)
        case .mistral: (keyValueHeadCount, slidingWindow, contextLength) = (8, 4096, 131_072)
        case .smollm3:
            (keyValueHeadCount, tiesEmbeddings, rotaryBase) = (4, true, 2_000_000)
        case .gemma2:
            (keyValueHeadCount, headWidth, slidingWindow) = (4, 256, 4096)
            (contextLength, tiesEmbeddings) = (8192, true)
            (scoreCap, logitCap) = (50, 30)
        case .gemma3:
            (keyValueHeadCount, headWidth, slidingWindow) = (4, 256, 4096)
            (contextLength, tiesEmbeddings, rotaryBase) = (131_072, true, 1_000_000)
        case .phi3: (contextLength, normEpsilon) = (4096, 1e-5)
        }
    }
}
