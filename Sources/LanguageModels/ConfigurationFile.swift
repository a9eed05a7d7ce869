import Foundation

// swift-format-ignore: AlwaysUseLowerCamelCase
/// `config.json` as it stands, old style and new.
struct ConfigurationFile: Decodable {
    let model_type: String
    let vocab_size: Int
    let hidden_size: Int
    let intermediate_size: Int
    let num_hidden_layers: Int
    let num_attention_heads: Int
    let num_key_value_heads: Int?
    let head_dim: Int?
    let max_position_embeddings: Int?
    let rms_norm_eps: Double?
    let tie_word_embeddings: Bool?
    let attention_bias: Bool?
    let mlp_bias: Bool?
    let eos_token_id: OneOrMore?
    let initializer_range: Double?
    let hidden_act: String?
    let use_sliding_window: Bool?
    let rope_theta: Double?
    let rope_scaling: Rotary?
    let rope_parameters: Rotary?

    struct Rotary: Decodable {
        let rope_theta: Double?
        let rope_type: String?
        let type: String?
        let partial_rotary_factor: Double?
    }

    /// transformers 5 writes `rope_parameters`; older files have `rope_theta` and `rope_scaling`,
    /// which wins where both are there.
    func rotaryBase(file: String) throws(ModelError) -> Double {
        let rotary = rope_scaling ?? rope_parameters
        let type = rotary?.rope_type ?? rotary?.type ?? "default"
        guard type == "default" else {
            throw ModelError(file: file, reason: "rope_type is \"\(type)\"; supported: default.")
        }
        guard rotary?.partial_rotary_factor ?? 1 == 1 else {
            throw ModelError(file: file, reason: "partial_rotary_factor is not supported.")
        }
        let base = rotary?.rope_theta ?? rope_theta ?? 10_000
        guard base > 1, base.isFinite else {
            throw ModelError(file: file, reason: "rope_theta is \(base); expected more than 1.")
        }
        return base
    }
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
