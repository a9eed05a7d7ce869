import Foundation
import NeuralNetwork
import Torch

/// The weights of a model folder: `model.safetensors`, or shards and the index that lists them.
struct CheckpointWeights {
    /// The file, or the shards in the order of their names.
    let files: [SafetensorsFile]
    /// The tensors by name.
    let entries: [String: SafetensorsFile.Entry]
    /// The shard of each tensor; empty where there is one file alone.
    private let shards: [String: Int]
    /// What messages name: the file, or the index.
    let url: URL

    static let fileName = "model.safetensors"
    static let indexName = "model.safetensors.index.json"

    init(_ file: SafetensorsFile) {
        (files, entries, shards, url) = ([file], file.entries, [:], file.url)
    }

    /// Reads and checks the headers. One file comes before an index, as in transformers.
    init(folder: URL) throws {
        let file = folder.appending(path: Self.fileName)
        if FileManager.default.fileExists(atPath: file.path) {
            self.init(try SafetensorsFile(file))
        } else if let index = try ModelFiles.read(Self.indexName, of: folder) {
            try self.init(index: index, folder: folder)
        } else {
            throw ModelError(file: file.path, reason: Self.missing(in: folder))
        }
    }

    private static func missing(in folder: URL) -> String {
        let others = ["pytorch_model.bin", "pytorch_model.bin.index.json", "consolidated.00.pth"]
        let found = others.first {
            FileManager.default.fileExists(atPath: folder.appending(path: $0).path)
        }
        guard let found else {
            return "the file is missing, and there is no \(indexName) either. "
                + "Download the weights again."
        }
        return "the file is missing; found \(found), which can run code when it is read and is not "
            + "supported. Load it with transformers and save it with save_pretrained."
    }

    private init(index: Data, folder: URL) throws {
        url = folder.appending(path: Self.indexName)
        let map = try Self.weightMap(index, file: url.path)
        let names = Set(map.values).sorted()
        for name in names { try Self.checkIsPlain(name, file: url.path) }
        var files: [SafetensorsFile] = []
        for name in names {
            let shard = folder.appending(path: name)
            guard FileManager.default.fileExists(atPath: shard.path) else {
                throw ModelError(
                    file: shard.path,
                    reason: "the shard is missing, but \(Self.indexName) names it. "
                        + "Download it again.")
            }
            files.append(try SafetensorsFile(shard))
        }
        let places = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
        shards = map.compactMapValues { places[$0] }
        var entries: [String: SafetensorsFile.Entry] = [:]
        for (tensor, place) in shards {
            guard let entry = files[place].entries[tensor] else {
                throw ModelError(
                    file: url.path,
                    reason: "it says that \"\(tensor)\" is in \(names[place]), which has no such "
                        + "tensor. Are all files from the same model?")
            }
            entries[tensor] = entry
        }
        (self.files, self.entries) = (files, entries)
    }

    /// `weight_map` of an index: the shard of each tensor.
    static func weightMap(_ index: Data, file: String) throws(ModelError) -> [String: String] {
        var map: [String: String]?
        do throws(JSONReaderError) {
            var reader = JSONReader(Array(index))
            try reader.members { (reader, name) throws(JSONReaderError) in
                guard name == "weight_map" else { return try reader.skip() }
                var shards: [String: String] = [:]
                try reader.members { (reader, tensor) throws(JSONReaderError) in
                    shards[tensor] = try reader.string()
                }
                map = shards
            }
            try reader.end()
        } catch {
            throw ModelError(file: file, reason: "it is not a valid index: \(error)")
        }
        guard let map, !map.isEmpty else {
            throw ModelError(
                file: file, reason: "expected \"weight_map\" with the shard of each tensor.")
        }
        return map
    }

    /// A shard stands beside its index: a path would let an index read any file.
    private static func checkIsPlain(_ name: String, file: String) throws(ModelError) {
        let isPlain =
            name.hasSuffix(".safetensors") && !name.hasPrefix(".")
            && !name.unicodeScalars.contains {
                "/\\".unicodeScalars.contains($0) || $0.value < 0x20
            }
        guard isPlain else {
            throw ModelError(
                file: file,
                reason: "expected the name of a .safetensors file beside it, found \"\(name)\".")
        }
    }

    /// The file that holds a tensor.
    func file(of name: String) -> SafetensorsFile? {
        shards.isEmpty ? files.first : shards[name].map { files[$0] }
    }

    /// The tensors of the shards that the index does not list.
    var unlisted: [String] {
        shards.isEmpty ? [] : files.flatMap(\.entries.keys).filter { shards[$0] == nil }.sorted()
    }
}

extension ParameterSource {
    /// The tensors of a checkpoint; a missing one or another shape is named.
    static func checkpoint(
        _ weights: CheckpointWeights, dtype: DType, device: Device
    ) -> ParameterSource {
        ParameterSource { name, shape, _ in
            guard let file = weights.file(of: name) else {
                throw SafetensorsError(file: weights.url.path, problem: .missing(name))
            }
            if let entry = file.entries[name], entry.shape != shape {
                throw ModelError(
                    file: file.url.path,
                    reason: "\"\(name)\" has shape \(entry.shape), config.json needs \(shape); "
                        + "are both from the same model?")
            }
            return try file.tensor(name, as: dtype, device: device)
        }
    }

    /// The tensors of one file.
    static func checkpoint(
        _ file: SafetensorsFile, dtype: DType, device: Device
    ) -> ParameterSource {
        checkpoint(CheckpointWeights(file), dtype: dtype, device: device)
    }
}
