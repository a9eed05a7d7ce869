package import Foundation
import NeuralNetwork

/// What a checkpoint calls the network's tensors, and the file that it is written with.
extension DecoderConfiguration {
    /// The names that a tensor of the network may have in a checkpoint.
    ///
    /// A model of text and images keeps its text part behind a prefix: `language_model.model.` as
    /// transformers saves it, old and new, or `model.language_model.` as the network is called in
    /// transformers since 4.52. The output layer stands outside the inner model.
    package func checkpointNames(_ name: String) -> [String] {
        guard isPartOfMultimodal else { return [name] }
        let inner = "model."
        guard name.hasPrefix(inner) else { return ["language_model.\(name)", name] }
        return ["language_model.\(name)", "model.language_model.\(name.dropFirst(inner.count))"]
    }

    /// The configuration to save beside the network's weights: the bytes that were read, but of a
    /// model of text and images only the text part, whose weights alone are saved.
    package func savedFile(read data: Data) -> Data {
        guard isPartOfMultimodal,
            let outer = try? JSONSerialization.jsonObject(with: data) as? [String: Any],
            var file = outer["text_config"] as? [String: Any]
        else { return data }
        file["model_type"] = family.rawValue
        file["architectures"] = [family.architecture]
        file["vocab_size"] = vocabularySize
        file["tie_word_embeddings"] = tiesEmbeddings
        for key in ["eos_token_id", "torch_dtype", "dtype", "transformers_version"] {
            file[key] = outer[key] ?? file[key]
        }
        return prettyJSON(file)
    }

    /// The text of `config.json` for a new model, in the style that all versions of transformers
    /// read.
    func json(dtype: String) -> Data {
        var file: [String: Any] = [
            "architectures": [family.architecture], "model_type": family.rawValue,
            "vocab_size": vocabularySize, "hidden_size": hiddenSize,
            "intermediate_size": feedForwardSize, "num_hidden_layers": layerCount,
            "num_attention_heads": headCount, "num_key_value_heads": keyValueHeadCount,
            "head_dim": headWidth, "max_position_embeddings": contextLength,
            "rms_norm_eps": normEpsilon, "tie_word_embeddings": tiesEmbeddings,
            "initializer_range": initializerDeviation, "torch_dtype": dtype,
            "eos_token_id": stopTokens.count == 1 ? stopTokens[0] : stopTokens,
            family.isGemma ? "hidden_activation" : "hidden_act": activation.rawValue,
        ]
        if family.readsAttentionBias { file["attention_bias"] = attentionBias }
        if family.readsFeedForwardBias { file["mlp_bias"] = feedForwardBias }
        if family.isGemma {
            file["query_pre_attn_scalar"] = attentionDivisor ?? Double(headWidth)
            file["attn_logit_softcapping"] = scoreCap ?? NSNull()
            file["final_logit_softcapping"] = logitCap ?? NSNull()
        }
        file.merge(layersFile) { $1 }
        file.merge(rotaryFile) { $1 }
        return prettyJSON(file)
    }

    private var layersFile: [String: Any] {
        guard family != .llama else { return [:] }
        var file: [String: Any] = ["sliding_window": slidingWindow ?? NSNull()]
        if family != .mistral, family != .phi3 { file["layer_types"] = layerTypes }
        if family == .smollm3 {
            file["no_rope_layers"] = (0..<layerCount).map { unrotatedLayers.contains($0) ? 0 : 1 }
        }
        if [.qwen2, .qwen3, .smollm3].contains(family) {
            file["use_sliding_window"] = slidingWindow != nil
        }
        return file
    }

    private var rotaryFile: [String: Any] {
        guard family != .gemma3 else {
            return [
                "rope_parameters": [
                    "full_attention": rotary.file,
                    "sliding_attention": (slidingRotary ?? rotary).file,
                ]
            ]
        }
        var parameters = rotary.file
        var file: [String: Any] = ["rope_theta": rotary.base]
        if rotary.rotatedShare != 1 { file["partial_rotary_factor"] = rotary.rotatedShare }
        parameters["rope_theta"] = nil
        file["original_max_position_embeddings"] =
            family == .phi3 ? parameters["original_max_position_embeddings"] : nil
        if rotary.scaling != .none { file["rope_scaling"] = parameters }
        return file
    }
}

extension RotaryConfiguration {
    /// `rope_parameters`
    fileprivate var file: [String: Any] {
        var file: [String: Any] = ["rope_theta": base]
        switch scaling {
        case .none: file["rope_type"] = "default"
        case .linear(let factor): file.merge(["rope_type": "linear", "factor": factor]) { $1 }
        case .dynamic(let factor, _):
            file.merge(["rope_type": "dynamic", "factor": factor]) { $1 }
        case .llama3(let rule):
            file.merge([
                "rope_type": "llama3", "factor": rule.factor, "low_freq_factor": rule.lowFactor,
                "high_freq_factor": rule.highFactor,
                "original_max_position_embeddings": Int(rule.originalLength),
            ]) { $1 }
        case .yarn(let rule):
            file.merge([
                "rope_type": "yarn", "factor": rule.factor, "beta_fast": rule.fastRotations,
                "beta_slow": rule.slowRotations, "truncate": rule.roundsBounds,
                "attention_factor": rule.magnitude,
                "original_max_position_embeddings": Int(rule.originalLength),
            ]) { $1 }
        case .longRoPE(let rule):
            file.merge([
                "rope_type": "longrope", "short_factor": rule.short, "long_factor": rule.long,
                "attention_factor": rule.magnitude,
                "original_max_position_embeddings": Int(rule.originalLength),
            ]) { $1 }
        }
        return file
    }
}

extension ParameterSource {
    /// Finds each tensor under the first of its possible names that is there.
    func named(_ names: @escaping (String) -> [String]) -> ParameterSource {
        ParameterSource { name, shape, initial in
            var failure: (any Error)?
            for candidate in names(name) {
                do {
                    return try self.parameter(candidate, shape: shape, initial: initial).value
                } catch { failure = failure ?? error }
            }
            throw failure ?? ModelError(file: name, reason: "a tensor without a name")
        }
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
