public import Foundation
import NeuralNetwork
import SystemErrors
import Tokenizers
public import Torch

/// How a model is saved.
public struct SaveSettings: Sendable, Equatable {
    /// The type of the weights in the file; `nil` for the one they have in memory.
    public var dtype: DType?
    /// The most bytes of weights in one file; more are divided into shards. One tensor that is
    /// larger has a file of its own.
    ///
    /// The limit of huggingface_hub, 5 GB: files of 50 GB, which transformers 5 writes, start anew
    /// when a download breaks.
    public var shardBytes = 5_000_000_000

    /// The usual settings.
    public init(dtype: DType? = nil) { self.dtype = dtype }
}

/// Writing a Hugging Face model folder.
extension LanguageModel {
    /// Writes a model folder that transformers loads: complete or absent. Of a model with an adapter
    /// it writes the adapter's folder, which PEFT loads; `merged()` has none.
    ///
    /// It is written beside its place, synced to the disk, and renamed. The files that came with
    /// the model, those of the tokenizer above all, are copied byte for byte.
    ///
    /// - Parameters:
    ///   - folder: the place, at which nothing is yet.
    ///   - settings: how.
    ///   - value: a value network whose file goes beside the weights.
    /// - Throws: `ModelError` when the folder exists or cannot be written, or a weight is infinite
    ///   or not a number: such a model is of no use, and would take a good one's place.
    public func save(
        to folder: URL, settings: SaveSettings = SaveSettings(), value: ValueNetwork? = nil
    ) throws {
        try decoder.trainableParameters.checkFinite(for: folder)
        try Self.writeFolder(folder) { partial in
            if let adapter = decoder.adapter {
                try write(adapter, into: partial)
            } else {
                try write(into: partial, settings)
            }
            try value?.save(into: partial)
        }
    }

    /// Writes a folder beside its place, syncs it and renames it.
    private static func writeFolder(_ folder: URL, _ write: (_ partial: URL) throws -> Void) throws
    {
        guard !FileManager.default.fileExists(atPath: folder.path) else {
            throw ModelError(
                file: folder.path, reason: "it exists already. Choose another place, or remove it.")
        }
        let partial = folder.deletingLastPathComponent()
            .appending(path: ".\(folder.lastPathComponent).partial-\(getpid())")
        TemporaryFiles.add(partial)
        defer { TemporaryFiles.remove(partial) }
        do {
            try FileManager.default.createDirectory(
                at: partial, withIntermediateDirectories: true)
            try write(partial)
            try synchronizeAll(in: partial)
            try Failpoint.around("model.rename") {
                try SafetensorsFile.rename(partial, to: folder)
            }
        } catch {
            try? FileManager.default.removeItem(at: partial)
            throw ModelError(
                file: folder.path,
                reason: "it cannot be written: "
                    + error.explanation)
        }
    }

    private func write(into folder: URL, _ settings: SaveSettings) throws {
        let dtype = (settings.dtype ?? decoder.dtype).rawValue
        var files = copiedFiles
        files["config.json"] =
            try copiedFiles["config.json"].map {
                try Self.settingDType(dtype, in: decoder.configuration.savedFile(read: $0))
            }
            ?? decoder.configuration.json(dtype: dtype)
        let stops = stopTokens.sorted()
        files["generation_config.json"] =
            copiedFiles["generation_config.json"]
            ?? prettyJSON(["eos_token_id": stops.count == 1 ? stops[0] : stops])
        for (path, data) in files {
            let file = folder.appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Failpoint.around("model.file.write") { try data.write(to: file) }
        }
        try Failpoint.around("model.tokenizer.write") { try tokenizer.write(to: folder) }
        try CheckpointWeights.write(
            decoder.parameters.map { ($0.name, $0.value) }, into: folder, settings)
    }

    private static func synchronizeAll(in folder: URL) throws {
        for path in try FileManager.default.subpathsOfDirectory(atPath: folder.path) {
            try Failpoint.around("model.file.sync") {
                try SafetensorsFile.synchronize(folder.appending(path: path))
            }
        }
        try Failpoint.around("model.sync") { try SafetensorsFile.synchronize(folder) }
    }

    /// The configuration as it was read, with the type of the weights as they are now.
    private static func settingDType(_ dtype: String, in data: Data) throws -> Data {
        guard var object = try JSONSerialization.jsonObject(with: data) as? [String: Any] else {
            return data
        }
        let key = object["dtype"] == nil ? "torch_dtype" : "dtype"
        guard object[key] as? String != dtype else { return data }
        object[key] = dtype
        return prettyJSON(object)
    }
}

extension CheckpointWeights {
    /// Writes `model.safetensors`, or shards and their index.
    static func write(
        _ tensors: [(name: String, tensor: Tensor)], into folder: URL, _ settings: SaveSettings
    ) throws {
        let shards = divide(tensors, settings)
        guard shards.count > 1 else {
            return try SafetensorsFile.write(
                tensors, to: folder.appending(path: fileName), dtype: settings.dtype)
        }
        var map: [String: String] = [:]
        for (place, shard) in shards.enumerated() {
            let name = "model-\(padded(place + 1))-of-\(padded(shards.count)).safetensors"
            try SafetensorsFile.write(
                shard, to: folder.appending(path: name), dtype: settings.dtype)
            for (tensor, _) in shard { map[tensor] = name }
        }
        let index: [String: Any] = [
            "metadata": [
                "total_size": tensors.reduce(0) { $0 + bytes($1.tensor, settings) },
                "total_parameters": tensors.reduce(0) { $0 + $1.tensor.count },
            ],
            "weight_map": map,
        ]
        try Failpoint.around("model.index.write") {
            try prettyJSON(index).write(to: folder.appending(path: indexName))
        }
    }

    /// Whole tensors in their order, as many a shard as fit.
    private static func divide(
        _ tensors: [(name: String, tensor: Tensor)], _ settings: SaveSettings
    ) -> [[(name: String, tensor: Tensor)]] {
        var shards: [[(name: String, tensor: Tensor)]] = []
        var size = Int.max
        for tensor in tensors {
            let added = bytes(tensor.tensor, settings)
            if shards.isEmpty || size + added > settings.shardBytes {
                shards.append([])
                size = 0
            }
            shards[shards.count - 1].append(tensor)
            size += added
        }
        return shards
    }

    private static func bytes(_ tensor: Tensor, _ settings: SaveSettings) -> Int {
        tensor.count * tensor.dtype.saved(as: settings.dtype).byteCount
    }

    private static func padded(_ number: Int) -> String {
        String(repeating: "0", count: max(0, 5 - String(number).count)) + String(number)
    }
}
