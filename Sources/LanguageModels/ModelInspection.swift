public import Foundation
import NeuralNetwork
import Tokenizers
import Torch

/// What a model folder holds, from its headers and small files: no weight is read.
public struct ModelInspection: Sendable {
    /// Something about the folder that is worth knowing.
    public struct Finding: Sendable, Equatable, Encodable {
        /// How much it matters.
        public enum Severity: String, Sendable, Codable {
            /// The model cannot be loaded.
            case error
            /// The model may not behave as its makers meant.
            case warning
            /// As it should be, but good to know.
            case note
        }

        /// How much it matters.
        public let severity: Severity
        /// What was found, and the next move.
        public let text: String
    }

    /// The tensors of the files.
    public struct Weights: Sendable, Equatable {
        /// The files, or shards.
        public var files: [String] = []
        /// Tensors in them.
        public var tensors = 0
        /// Bytes of weights.
        public var bytes = 0
        /// Bytes by the type that the files name, such as `BF16`.
        public var bytesByType: [String: Int] = [:]
    }

    /// The folder.
    public let folder: URL
    /// The shape; `nil` where `config.json` cannot be used.
    public internal(set) var configuration: DecoderConfiguration?
    /// `model_type` as it stands in `config.json`.
    public internal(set) var modelType: String?
    /// The weights that the network has, counted from its layers.
    public internal(set) var parameterCount = 0
    /// The matrices `[out, in]` of its blocks, which adapters are added to.
    public internal(set) var blockMatrices: [[Int]] = []
    /// What the files hold.
    public internal(set) var weights = Weights()
    /// The stop tokens, and what each file says.
    public internal(set) var stopTokens: StopTokens?
    /// The tokenizer's model, such as `BPE`, and its tokens.
    public internal(set) var tokenizer: (kind: String, size: Int)?
    /// Where the chat templates are; empty without one.
    public internal(set) var chatTemplates: [String] = []
    /// What is missing or odd.
    public internal(set) var findings: [Finding] = []

    /// Looks at a model folder. What is wrong with it is a finding, not an error.
    ///
    /// - Throws: `ModelError` where there is no model folder.
    public init(folder: URL) throws {
        self.folder = folder
        let files = try ModelFiles(folder)
        let settings = Self.object(files.copied["config.json"])
        modelType = settings["model_type"] as? String
        let configuration = attempt { try files.configuration() }
        self.configuration = configuration
        let checkpoint = attempt { try CheckpointWeights(folder: folder) }
        if let checkpoint { inspectFiles(checkpoint) }
        if let configuration { inspectNetwork(configuration, checkpoint) }
        inspectType(settings)
        let tokenizer = attempt { try Tokenizer(folder: folder) }
        inspectTokens(files, tokenizer, configuration)
        inspectTemplates(files, tokenizer)
    }

    mutating func add(_ severity: Finding.Severity, _ text: String) {
        findings.append(Finding(severity: severity, text: text))
    }

    /// The value, or a finding that says why there is none.
    private mutating func attempt<Value>(_ body: () throws -> Value) -> Value? {
        do {
            return try body()
        } catch {
            add(.error, "\(error)")
            return nil
        }
    }

    static func object(_ data: Data?) -> [String: Any] {
        let value = data.flatMap { try? JSONSerialization.jsonObject(with: $0) }
        return value as? [String: Any] ?? [:]
    }
}

// MARK: Weights

extension ModelInspection {
    private mutating func inspectFiles(_ checkpoint: CheckpointWeights) {
        weights.files = checkpoint.files.map(\.url.lastPathComponent)
        weights.tensors = checkpoint.entries.count
        for entry in checkpoint.entries.values {
            weights.bytes += entry.bytes.count
            weights.bytesByType[entry.dtype, default: 0] += entry.bytes.count
        }
        if !checkpoint.unlisted.isEmpty {
            add(
                .warning,
                "the shards hold tensors that the index does not list, and that are not read: "
                    + Self.list(checkpoint.unlisted))
        }
    }

    /// Builds the network on tensors without memory, to learn what it asks for.
    private mutating func inspectNetwork(
        _ configuration: DecoderConfiguration, _ checkpoint: CheckpointWeights?
    ) {
        let found = checkpoint?.entries ?? [:]
        var asked: [String: [Int]] = [:]
        var missing: [String] = []
        // A configuration may claim any number of layers of any size; without these bounds it would
        // be believed.
        let most = found.isEmpty ? 100_000 : found.count + 1000
        let largest = found.isEmpty ? 0x1p36 : 64 * Double(weights.bytes + (1 << 20))
        let source = ParameterSource { name, shape, _ in
            let names = configuration.checkpointNames(name)
            let stored = names.first { found[$0] != nil }
            asked[stored ?? name] = shape
            if stored == nil { missing.append(names.first ?? name) }
            let size = shape.reduce(1.0) { $0 * Double($1) }
            guard asked.count <= most, size <= largest else {
                throw ModelError(
                    file: "config.json",
                    reason: "it asks for many more or larger tensors than the files hold.")
            }
            return Tensor.zeros([]).expanded(shape)
        }
        let decoder = attempt { try Decoder(configuration, from: source) }
        if let decoder {
            parameterCount = decoder.parameters.reduce(0) { sum, parameter in
                parameter.value.shape.reduce(1, *) + sum
            }
            blockMatrices = decoder.parameters.filter { $0.name.contains(".layers.") }
                .map(\.value.shape).filter { $0.count == 2 }
        }
        guard checkpoint != nil else { return }
        report(asked: asked, missing: missing, found: found, configuration)
    }

    private mutating func report(
        asked: [String: [Int]], missing: [String], found: [String: SafetensorsFile.Entry],
        _ configuration: DecoderConfiguration
    ) {
        if !missing.isEmpty {
            add(.error, "the files lack tensors that the model needs: " + Self.list(missing))
        }
        var unused = found.keys.filter { asked[$0] == nil }.sorted()
        let output = configuration.checkpointNames("lm_head.weight")
        if configuration.tiesEmbeddings, let place = unused.firstIndex(where: output.contains) {
            let name = unused.remove(at: place)
            add(.note, "\(name) is in the files, but the output layer is the embedding.")
        }
        if configuration.isPartOfMultimodal {
            let isOfText = { (name: String) in name.contains("language_model.") }
            let images = unused.filter { !isOfText($0) }
            unused = unused.filter(isOfText)
            if !images.isEmpty {
                add(
                    .note,
                    "only the text part is used and saved, not the part for images: "
                        + Self.list(images))
            }
        }
        if !unused.isEmpty {
            add(
                .warning, "the files hold tensors that the model does not use: " + Self.list(unused)
            )
        }
        for (name, shape) in asked.sorted(by: { $0.key < $1.key }) {
            guard let entry = found[name], entry.shape != shape else { continue }
            add(.error, "\"\(name)\" has shape \(entry.shape), config.json needs \(shape).")
        }
    }

    private mutating func inspectType(_ settings: [String: Any]) {
        let (new, old) = (settings["dtype"] as? String, settings["torch_dtype"] as? String)
        if let new, let old, new != old {
            add(.warning, "config.json says dtype \(new) and torch_dtype \(old); dtype counts.")
        }
        let names = ["F32": "float32", "F16": "float16", "BF16": "bfloat16", "F64": "float64"]
        guard let stated = new ?? old,
            let largest = weights.bytesByType.max(by: { $0.value < $1.value })
        else { return }
        if let actual = names[largest.key], actual != stated {
            add(.warning, "config.json says \(stated), the files hold \(actual).")
        }
    }

    /// The first names and how many more there are.
    static func list(_ names: [String]) -> String {
        let shown = names.prefix(3).joined(separator: ", ")
        return names.count > 3 ? "\(shown) and \(names.count - 3) more." : "\(shown)."
    }
}
