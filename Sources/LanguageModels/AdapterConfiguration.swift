import Foundation
import NeuralNetwork

// `adapter_config.json`, as PEFT 0.21 writes and reads it.

extension LowRankAdapterSettings {
    /// Keys that say nothing about what the adapter computes once it is trained.
    private static let neutralKeys: Set<String> = [
        "auto_mapping", "base_model_name_or_path", "inference_mode", "init_lora_weights",
        "megatron_core", "peft_version", "qalora_group_size", "revision", "task_type",
    ]
    private static let readKeys: Set<String> = [
        "alpha_pattern", "bias", "lora_alpha", "lora_dropout", "peft_type", "r", "rank_pattern",
        "target_modules", "use_rslora",
    ]
    /// Ways to start that change the frozen weights too, so that the adapter fits others only.
    private static let changedBases = [
        "pissa", "olora", "corda", "loftq", "orthogonal", "mica", "lora_ga",
    ]

    /// Reads `adapter_config.json`.
    ///
    /// - Returns: the choices, and `base_model_name_or_path`.
    /// - Throws: `ModelError` naming the key that is missing, wrong or not supported.
    static func read(
        json data: Data, file: String
    ) throws(ModelError) -> (settings: LowRankAdapterSettings, base: String?) {
        guard let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any] else {
            throw ModelError(file: file, reason: "expected a JSON object; is the file complete?")
        }
        let mirror: AdapterConfigurationFile
        do {
            mirror = try JSONDecoder().decode(AdapterConfigurationFile.self, from: data)
        } catch let error as DecodingError {
            throw ModelError(file: file, decoding: error)
        } catch {
            throw ModelError(file: file, reason: "\(error)")
        }
        try refuseUnsupported(object, mirror, file: file)
        guard let targets = mirror.target_modules else {
            throw ModelError(
                file: file,
                reason: "target_modules is null; expected a list of names, a regular expression or "
                    + "\"all-linear\".")
        }
        var settings = LowRankAdapterSettings(
            rank: mirror.r ?? 8, alpha: mirror.lora_alpha ?? 8, targets: targets.value)
        settings.rankPattern = mirror.rank_pattern ?? [:]
        settings.alphaPattern = mirror.alpha_pattern ?? [:]
        settings.isRankStabilized = mirror.use_rslora ?? false
        settings.dropout = mirror.lora_dropout ?? 0
        do { try settings.validate() } catch {
            throw ModelError(file: file, reason: error.description)
        }
        return (settings, mirror.base_model_name_or_path)
    }

    private static func refuseUnsupported(
        _ object: [String: Any], _ mirror: AdapterConfigurationFile, file: String
    ) throws(ModelError) {
        guard mirror.peft_type.uppercased() == "LORA" else {
            throw ModelError(
                file: file, reason: "peft_type is \"\(mirror.peft_type)\"; supported: LORA.")
        }
        guard mirror.bias ?? "none" == "none" else {
            throw ModelError(
                file: file,
                reason: "bias is \"\(mirror.bias ?? "")\", which changes frozen weights; "
                    + "supported: none.")
        }
        if let start = object["init_lora_weights"] as? String,
            changedBases.contains(where: { start.hasPrefix($0) })
        {
            throw ModelError(
                file: file,
                reason: "init_lora_weights is \"\(start)\", which changes the frozen weights; "
                    + "convert the adapter to plain LoRA with PEFT's "
                    + "path_initial_model_for_weight_conversion.")
        }
        // Any other feature, also one that PEFT adds later, must be off.
        for (key, value) in object.sorted(by: { $0.key < $1.key })
        where !neutralKeys.contains(key) && !readKeys.contains(key) && !isOff(value) {
            throw ModelError(
                file: file,
                reason: "\(key) is set, and that is not supported. Supported are: "
                    + readKeys.sorted().joined(separator: ", ") + ".")
        }
    }

    private static func isOff(_ value: Any) -> Bool {
        switch value {
        case is NSNull: true
        case let list as [Any]: list.isEmpty
        case let object as [String: Any]: object.isEmpty
        case let flag as Bool: !flag
        default: false
        }
    }

    /// The text of `adapter_config.json`, as PEFT reads it.
    func json(base: String?) -> Data {
        let targets: Any =
            switch targets {
            case .allLinear: "all-linear"
            case .names(let names): names
            case .pattern(let pattern): pattern
            }
        return prettyJSON([
            "alpha_pattern": alphaPattern, "auto_mapping": NSNull(),
            "base_model_name_or_path": base.map { $0 as Any } ?? NSNull(), "bias": "none",
            "fan_in_fan_out": false, "inference_mode": true, "init_lora_weights": true,
            "layers_pattern": NSNull(), "layers_to_transform": NSNull(), "lora_alpha": alpha,
            "lora_dropout": dropout, "modules_to_save": NSNull(), "peft_type": "LORA", "r": rank,
            "rank_pattern": rankPattern, "revision": NSNull(), "target_modules": targets,
            "task_type": "CAUSAL_LM", "use_dora": false, "use_rslora": isRankStabilized,
        ])
    }
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The keys of `adapter_config.json` that are read; all but the first have defaults in PEFT.
private struct AdapterConfigurationFile: Decodable {
    let peft_type: String
    let base_model_name_or_path: String?
    let r: Int?
    let lora_alpha: Double?
    let lora_dropout: Double?
    let use_rslora: Bool?
    let bias: String?
    let target_modules: Targets?
    let rank_pattern: [String: Int]?
    let alpha_pattern: [String: Double]?

    /// A list of names, or a text: `all-linear` or a regular expression.
    struct Targets: Decodable {
        let value: LowRankAdapterSettings.Targets

        init(from decoder: any Swift.Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                value = text.lowercased() == "all-linear" ? .allLinear : .pattern(text)
            } else {
                value = .names(try container.decode([String].self))
            }
        }
    }
}
