// swift-format-ignore: AlwaysUseLowerCamelCase
/// `config.json` as it stands, old style and new.
struct ConfigurationFile: Decodable {
    let vocab_size: Int?
    let hidden_size: Int?
    let intermediate_size: Int?
    let num_hidden_layers: Int?
    let num_attention_heads: Int?
    let num_key_value_heads: OrNull<Int>
    let head_dim: Int?
    let max_position_embeddings: Int?
    let original_max_position_embeddings: Double?
    let rms_norm_eps: Double?
    let tie_word_embeddings: Bool?
    let attention_bias: Bool?
    let mlp_bias: Bool?
    let eos_token_id: OneOrMore?
    let initializer_range: Double?
    let hidden_act: String?
    let hidden_activation: String?
    let query_pre_attn_scalar: Double?
    let attn_logit_softcapping: OrNull<Double>
    let final_logit_softcapping: OrNull<Double>
    let use_bidirectional_attention: Bool?

    let sliding_window: OrNull<Int>
    let use_sliding_window: Bool?
    let max_window_layers: Int?
    let sliding_window_pattern: Int?
    let layer_types: [String]?
    let no_rope_layers: [Int]?
    let no_rope_layer_interval: Int?

    let rope_theta: Double?
    let rope_local_base_freq: Double?
    let partial_rotary_factor: Double?
    let rope_scaling: RotaryFile?
    let rope_parameters: RotaryFile?

    let num_experts: Int?
    let num_local_experts: Int?
    let n_routed_experts: Int?
    let quantization_config: Something?
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// What every `config.json` says first.
struct ConfigurationHeader: Decodable {
    let model_type: String
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// `rope_parameters`, or `rope_scaling` in older files. Nested by layer type in Gemma 3.
struct RotaryFile: Decodable {
    var rope_theta: Double?
    var rope_type: String?
    var type: String?
    var partial_rotary_factor: Double?
    var factor: Double?
    var original_max_position_embeddings: Double?
    var low_freq_factor: Double?
    var high_freq_factor: Double?
    var attention_factor: Double?
    var beta_fast: Double?
    var beta_slow: Double?
    var mscale: Double?
    var mscale_all_dim: Double?
    var truncate: Bool?
    var short_factor: [Double]?
    var long_factor: [Double]?
    var full_attention: Nested?
    var sliding_attention: Nested?

    /// The parameters of a layer type.
    final class Nested: Decodable {
        let parameters: RotaryFile

        init(from decoder: any Swift.Decoder) throws {
            parameters = try RotaryFile(from: decoder)
        }
    }

    init() {}
}

extension RotaryFile {
    /// The values that another one has, and these for the rest.
    func updated(with other: RotaryFile) -> RotaryFile {
        var result = self
        func take<Value>(_ path: WritableKeyPath<RotaryFile, Value?>) {
            result[keyPath: path] = other[keyPath: path] ?? result[keyPath: path]
        }
        take(\.rope_theta)
        take(\.rope_type)
        take(\.partial_rotary_factor)
        take(\.factor)
        take(\.original_max_position_embeddings)
        take(\.low_freq_factor)
        take(\.high_freq_factor)
        take(\.attention_factor)
        take(\.beta_fast)
        take(\.beta_slow)
        take(\.mscale)
        take(\.mscale_all_dim)
        take(\.short_factor)
        take(\.long_factor)
        return result
    }
}

/// The value of a key that may be missing, or `null` with a meaning of its own.
enum OrNull<Value: Decodable>: Decodable {
    case missing
    case null
    case value(Value)

    init(from decoder: any Swift.Decoder) throws {
        let container = try decoder.singleValueContainer()
        self = container.decodeNil() ? .null : .value(try container.decode(Value.self))
    }

    /// The value; `missing` where there is no key, `nil` for `null`.
    func or(missing: Value?) -> Value? {
        switch self {
        case .missing: missing
        case .null: nil
        case .value(let value): value
        }
    }
}

extension KeyedDecodingContainer {
    // What the synthesised `init(from:)` calls for such a property.
    func decode<Value>(_ type: OrNull<Value>.Type, forKey key: Key) throws -> OrNull<Value> {
        guard contains(key) else { return .missing }
        return try decodeNil(forKey: key) ? .null : .value(decode(Value.self, forKey: key))
    }
}

/// A value that is there, whatever it is.
struct Something: Decodable {
    init(from decoder: any Swift.Decoder) throws {}
}

/// A token id or a list of them.
struct OneOrMore: Decodable {
    let values: [Int]

    init(from decoder: any Swift.Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let one = try? container.decode(Int.self) {
            values = [one]
        } else {
            values = try container.decode([Int].self)
        }
    }
}
