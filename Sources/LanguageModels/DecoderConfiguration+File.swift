public import Foundation

/// Reading `config.json`.
extension DecoderConfiguration {
    /// Reads `config.json`.
    ///
    /// - Parameters:
    ///   - data: the file's bytes.
    ///   - file: its path, for messages.
    /// - Throws: `ModelError` naming the key that is missing, of the wrong type or not supported.
    public init(json data: Data, file: String) throws(ModelError) {
        let header = try Self.decode(ConfigurationHeader.self, data, file: file)
        if let family = ModelFamily(rawValue: header.model_type) {
            let mirror = try Self.decode(ConfigurationFile.self, data, file: file)
            try self.init(mirror, family: family, file: file)
        } else if header.model_type == MultimodalFile.modelType {
            let outer = try Self.decode(MultimodalFile.self, data, file: file)
            try self.init(outer, file: file)
        } else {
            let known = ModelFamily.allCases.map(\.rawValue) + [MultimodalFile.modelType]
            throw ModelError(
                file: file,
                reason: "model_type is \"\(header.model_type)\"; supported are: "
                    + known.joined(separator: ", ") + ".")
        }
        try validate(file: file)
    }

    private static func decode<Value: Decodable>(
        _ type: Value.Type, _ data: Data, file: String
    ) throws(ModelError) -> Value {
        do {
            return try JSONDecoder().decode(type, from: data)
        } catch let error as DecodingError {
            throw ModelError(file: file, decoding: error)
        } catch {
            throw ModelError(file: file, reason: "\(error)")
        }
    }

    private init(_ outer: MultimodalFile, file: String) throws(ModelError) {
        guard outer.quantization_config == nil else { throw ModelError(quantized: file) }
        try self.init(outer.text_config, family: .gemma3, isPart: true, file: file)
        // What transformers reads for the whole model stands outside.
        tiesEmbeddings = outer.tie_word_embeddings ?? true
        stopTokens = outer.eos_token_id?.values ?? stopTokens
        isPartOfMultimodal = true
    }

    private init(
        _ mirror: ConfigurationFile, family: ModelFamily, isPart: Bool = false, file: String
    ) throws(ModelError) {
        let defaults = FamilyDefaults(family)
        // Published files of the multimodal Gemma 3 leave out most of what is as in its first one.
        let size = { (key: String, value: Int?, default: Int) throws(ModelError) -> Int in
            if let value { return value }
            guard !isPart else { return `default` }
            throw ModelError(
                file: file,
                reason: "the key \"\(key)\" is missing; is this the file of a decoder?")
        }
        self.family = family
        vocabularySize = try size("vocab_size", mirror.vocab_size, 262_208)
        hiddenSize = try size("hidden_size", mirror.hidden_size, 2304)
        feedForwardSize = try size("intermediate_size", mirror.intermediate_size, 9216)
        layerCount = try size("num_hidden_layers", mirror.num_hidden_layers, 26)
        headCount = try size("num_attention_heads", mirror.num_attention_heads, 8)
        keyValueHeadCount =
            mirror.num_key_value_heads.or(missing: defaults.keyValueHeadCount) ?? headCount
        headWidth =
            mirror.head_dim ?? defaults.headWidth ?? (headCount > 0 ? hiddenSize / headCount : 0)
        contextLength = mirror.max_position_embeddings ?? defaults.contextLength
        normEpsilon = mirror.rms_norm_eps ?? defaults.normEpsilon
        tiesEmbeddings = mirror.tie_word_embeddings ?? defaults.tiesEmbeddings
        attentionBias = family.readsAttentionBias && mirror.attention_bias ?? false
        feedForwardBias = family.readsFeedForwardBias && mirror.mlp_bias ?? false
        stopTokens = mirror.eos_token_id?.values ?? []
        initializerDeviation = mirror.initializer_range ?? initializerDeviation
        logitCap =
            family.isGemma ? mirror.final_logit_softcapping.or(missing: defaults.logitCap) : nil
        scoreCap =
            family.isGemma ? mirror.attn_logit_softcapping.or(missing: defaults.scoreCap) : nil
        attentionDivisor = family.isGemma ? mirror.query_pre_attn_scalar ?? 256 : nil
        activation = try mirror.activation(family, file: file)
        try mirror.refuseUnsupported(family, file: file)
        try readLayers(mirror, defaults: defaults, file: file)
        try readRotary(mirror, defaults: defaults, file: file)
    }

    private func validate(file: String) throws(ModelError) {
        let sizes = [
            ("vocab_size", vocabularySize), ("hidden_size", hiddenSize),
            ("intermediate_size", feedForwardSize), ("num_hidden_layers", layerCount),
            ("num_attention_heads", headCount), ("num_key_value_heads", keyValueHeadCount),
            ("head_dim", headWidth), ("max_position_embeddings", contextLength),
        ]
        for (key, size) in sizes {
            let most = key == "num_hidden_layers" ? Self.mostLayers : 1 << 30
            guard (1...most).contains(size) else {
                throw ModelError(file: file, reason: "\(key) is \(size); expected 1 to \(most).")
            }
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
        let positive = [
            ("query_pre_attn_scalar", attentionDivisor), ("attn_logit_softcapping", scoreCap),
            ("final_logit_softcapping", logitCap),
        ]
        for case (let key, let value?) in positive where !(value > 0 && value.isFinite) {
            throw ModelError(file: file, reason: "\(key) is \(value); expected more than 0.")
        }
        try validateRotary(file: file)
    }
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The `config.json` of a Gemma 3 for text and images, of which the text part is read.
private struct MultimodalFile: Decodable {
    static let modelType = "gemma3"

    let text_config: ConfigurationFile
    let tie_word_embeddings: Bool?
    let eos_token_id: OneOrMore?
    let quantization_config: Something?
}

extension ModelError {
    fileprivate init(quantized file: String) {
        self.init(
            file: file,
            reason: "it has quantization_config; quantized weights are not supported. Take the "
                + "model's folder with float32, float16 or bfloat16 weights.")
    }
}

extension ConfigurationFile {
    fileprivate func activation(
        _ family: ModelFamily, file: String
    ) throws(ModelError) -> DecoderConfiguration.Activation {
        let (key, name) =
            family.isGemma
            ? ("hidden_activation", hidden_activation ?? "gelu_pytorch_tanh")
            : ("hidden_act", hidden_act ?? "silu")
        guard let activation = DecoderConfiguration.Activation(rawValue: name) else {
            let known = DecoderConfiguration.Activation.allCases.map(\.rawValue)
            throw ModelError(
                file: file,
                reason: "\(key) is \"\(name)\"; supported: \(known.joined(separator: ", ")).")
        }
        return activation
    }

    /// Refuses by name what would make another network.
    fileprivate func refuseUnsupported(
        _ family: ModelFamily, file: String
    ) throws(ModelError) {
        let experts = [
            ("num_experts", num_experts), ("num_local_experts", num_local_experts),
            ("n_routed_experts", n_routed_experts),
        ]
        for case (let key, let count?) in experts where count > 0 {
            throw ModelError(
                file: file,
                reason: "\(key) is \(count); mixtures of experts are not supported, only dense "
                    + "decoders.")
        }
        guard quantization_config == nil else { throw ModelError(quantized: file) }
        guard use_bidirectional_attention != true else {
            throw ModelError(
                file: file,
                reason: "use_bidirectional_attention is true; only causal attention is supported.")
        }
        if family == .gemma3, let cap = attn_logit_softcapping.or(missing: nil) {
            throw ModelError(
                file: file,
                reason: "attn_logit_softcapping is \(cap), which transformers does not apply in "
                    + "gemma3_text; expected null.")
        }
    }
}
