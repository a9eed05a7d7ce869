import Foundation
import LanguageModels
public import NeuralNetwork
import Torch

extension Configuration {
    /// A low-rank adapter that is trained instead of all weights, which stay as they are (Hu et al.
    /// 2021, "LoRA"; the meaning of each number is PEFT's).
    ///
    /// The frozen model is the reference then, and is not loaded a second time. PPO's value network
    /// of the separate form is the frozen model under an adapter of its own, that of the shared form
    /// a head on the policy's.
    public struct Adapter: Sendable, Equatable {
        /// r of a new adapter; 0 for none.
        public var rank = 0
        /// α
        public var alpha = 32.0
        /// The layers that have an adapter.
        public var targets = LowRankAdapterSettings.Targets.allLinear
        /// r of the layers whose name matches a regular expression.
        public var rankPattern: [String: Int] = [:]
        /// α of such layers.
        public var alphaPattern: [String: Double] = [:]
        /// Whether the product is multiplied by α / √r instead of α / r.
        public var isRankStabilized = false
        /// The share of the adapter's inputs that a training pass leaves out. The policy that
        /// samples leaves out none, so that with dropout fresh rollouts have a ratio that is not 1.
        public var dropout = 0.0
        /// The folder of an adapter to go on with, in place of a new one.
        public var adapter: String?
        /// The type of the frozen weights; `nil` for float32 on the CPU, bfloat16 on CUDA.
        public var frozenType: FrozenType?

        /// No adapter.
        public init() {}

        /// The types of frozen weights. The adapter is float32.
        public enum FrozenType: String, Sendable, CaseIterable {
            case float32, bfloat16, float16

            var dtype: DType {
                switch self {
                case .float32: .float32
                case .bfloat16: .bfloat16
                case .float16: .float16
                }
            }
        }
    }
}

extension Configuration.Adapter.FrozenType: ConfigurationChoice {}

extension Configuration.Adapter: ConfigurationSection {
    var fields: [ConfigurationField<Self>] {
        [
            ConfigurationField(
                "rank", \.rank, allowed: .atLeast(0),
                "Rank of a new adapter (PEFT: r); 0 for none: all weights are trained."),
            ConfigurationField(
                "alpha", \.alpha, allowed: .above(0),
                "Its product is multiplied by alpha / rank (PEFT: lora_alpha)."),
            ConfigurationField(
                "targets", \.targets,
                "Layers with an adapter: all but the output layer, ends of names, or a regex."),
            ConfigurationField(
                "rank_pattern", \.rankPattern, "Ranks of the layers that match a regex."),
            ConfigurationField(
                "alpha_pattern", \.alphaPattern, "Alphas of the layers that match a regex."),
            ConfigurationField(
                "rank_stabilized", \.isRankStabilized,
                "Multiplies by alpha / √rank instead (PEFT: use_rslora)."),
            ConfigurationField(
                "dropout", \.dropout, allowed: .from(0, below: 1),
                "Share of its inputs left out in training, not in sampling: the ratio is not 1 then."
            ),
            ConfigurationField(
                "adapter", \.adapter, allowed: .ifPresent(.path),
                "Folder of an adapter to go on with; null for a new one of the rank."),
            ConfigurationField(
                "frozen_type", \.frozenType,
                "Type of the frozen weights; null for float32 on the CPU, bfloat16 on CUDA."),
        ]
    }

    func validateTogether(at path: [String]) throws(ConfigurationError) {
        if adapter != nil {
            var own = Self()
            (own.adapter, own.frozenType) = (adapter, frozenType)
            guard self == own else {
                throw ConfigurationError(
                    path + ["adapter"],
                    .conflict(
                        "an adapter has its own rank, targets and so on. Leave the other keys of "
                            + "lora out, or the adapter for a new one."))
            }
        }
        guard rank > 0 else { return }
        do { try settings.validate() } catch {
            throw ConfigurationError(path, .conflict(error.description))
        }
    }

    private var settings: LowRankAdapterSettings {
        var settings = LowRankAdapterSettings(rank: rank, alpha: alpha, targets: targets)
        settings.rankPattern = rankPattern
        settings.alphaPattern = alphaPattern
        settings.isRankStabilized = isRankStabilized
        settings.dropout = dropout
        return settings
    }

    /// The model with a new adapter, if one is asked for.
    func adding(to model: LanguageModel, run: Configuration.Run) throws -> LanguageModel {
        guard rank > 0 else {
            if frozenType != nil, model.decoder.adapter == nil {
                throw ConfigurationError(
                    ["lora", "frozen_type"],
                    .conflict("no weight is frozen without an adapter. Set lora.rank, or null."))
            }
            return model
        }
        guard model.decoder.adapter == nil else {
            throw ConfigurationError(
                ["lora", "rank"],
                .conflict(
                    "\(run.model) is an adapter already. Set the rank to 0 to go on with it, or "
                        + "merge it first (grpo merge)."))
        }
        let adapter = try LowRankAdapter(
            new: settings, seed: UInt64(run.seed), device: model.decoder.device)
        adapter.base = URL(filePath: run.model).standardizedFileURL.path
        return try model.adapted(by: adapter)
    }
}

extension Configuration {
    func validateAdapter() throws(ConfigurationError) {
        guard lora.rank > 0 || lora.adapter != nil, referenceUpdate != .frozen else { return }
        throw ConfigurationError(
            ["reference_update"],
            .conflict(
                "with an adapter the reference is the frozen model, which does not move. "
                    + "Leave it frozen, or train all weights (lora.rank: 0)."))
    }
}

extension LowRankAdapterSettings.Targets: ConfigurationValue {
    static var expected: String { "all-linear, a list of names or a regular expression" }

    init(_ node: YAMLNode) throws(ConfigurationError) {
        if case .list = node.content {
            self = .names(try [String](node))
        } else {
            let text = try String(node)
            self = text == "all-linear" ? .allLinear : .pattern(text)
        }
    }

    var yaml: YAMLNode {
        switch self {
        case .allLinear: .text("all-linear")
        case .names(let names): names.yaml
        case .pattern(let pattern): .text(pattern)
        }
    }
}

extension Dictionary: ConfigurationValue where Key == String, Value: ConfigurationValue {
    static var expected: String { "a section of keys, each with \(Value.expected)" }

    init(_ node: YAMLNode) throws(ConfigurationError) {
        self = [:]
        for entry in try node.entries() { self[entry.key] = try Value(entry.value) }
    }

    var yaml: YAMLNode {
        YAMLNode(
            content: .section(
                sorted { $0.key < $1.key }.map {
                    YAMLNode.Entry(key: YAMLNode.text($0.key).inlineText, value: $0.value.yaml)
                }))
    }
}
