public import Foundation
import NeuralNetwork
import Tokenizers
public import Torch

/// Reading and writing a Hugging Face model folder.
extension LanguageModel {
    /// Loads a model folder.
    ///
    /// - Parameters:
    ///   - folder: with `config.json`, `model.safetensors`, `tokenizer.json`, and perhaps
    ///     `generation_config.json` and `tokenizer_config.json`.
    ///   - device: where the weights go.
    ///   - dtype: their type; by default float32 on the CPU, bfloat16 on CUDA.
    /// - Throws: an error that names the file, what was expected and what was found.
    public convenience init(
        folder: URL, device: Device = .cpu, dtype: DType? = nil
    ) throws {
        let files = try ModelFiles(folder)
        let tokenizer = try Tokenizer(folder: folder)
        let decoder = try Decoder(
            files.configuration(), from: files.weights(device: device, dtype: dtype))
        let vocabulary = decoder.configuration.vocabularySize
        guard tokenizer.vocabularySize <= vocabulary else {
            throw ModelError(
                file: folder.appending(path: "tokenizer.json").path,
                reason: "it has \(tokenizer.vocabularySize) tokens, but vocab_size in config.json "
                    + "is \(vocabulary). Are both from the same model?")
        }
        let stops = try files.stopTokens() ?? []
        self.init(
            decoder: decoder, tokenizer: tokenizer,
            stopTokens: Set(
                (stops.isEmpty ? decoder.configuration.stopTokens : stops)
                    + (tokenizer.endOfTextToken.map { [$0] } ?? [])),
            copiedFiles: files.copied)
    }

    /// Writes a model folder that transformers loads: complete or absent.
    ///
    /// - Throws: `ModelError` when the folder exists or cannot be written.
    public func save(to folder: URL) throws {
        guard !FileManager.default.fileExists(atPath: folder.path) else {
            throw ModelError(
                file: folder.path, reason: "it exists already. Choose another place, or remove it.")
        }
        let partial = folder.deletingLastPathComponent()
            .appending(path: ".\(folder.lastPathComponent).partial-\(getpid())")
        do {
            try FileManager.default.createDirectory(
                at: partial, withIntermediateDirectories: true)
            try write(into: partial)
            try FileManager.default.moveItem(at: partial, to: folder)
        } catch {
            try? FileManager.default.removeItem(at: partial)
            if let error = error as? SafetensorsError { throw error }
            throw ModelError(
                file: folder.path, reason: "it cannot be written: \(error.localizedDescription)")
        }
    }

    private func write(into folder: URL) throws {
        let dtype = decoder.dtype.rawValue
        let configuration =
            try copiedFiles["config.json"].map { try Self.settingDType(dtype, in: $0) }
            ?? decoder.configuration.json(dtype: dtype)
        try configuration.write(to: folder.appending(path: "config.json"))
        let stops = stopTokens.sorted()
        let generation =
            copiedFiles["generation_config.json"]
            ?? prettyJSON(["eos_token_id": stops.count == 1 ? stops[0] : stops])
        try generation.write(to: folder.appending(path: "generation_config.json"))
        try tokenizer.write(to: folder)
        try SafetensorsFile.write(
            decoder.parameters.map { ($0.name, $0.value) },
            to: folder.appending(path: "model.safetensors"))
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

/// The small files of a model folder.
private struct ModelFiles {
    let folder: URL
    let copied: [String: Data]

    init(_ folder: URL) throws {
        self.folder = folder
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder),
            isFolder.boolValue
        else {
            throw ModelError(
                file: folder.path,
                reason: "expected a model folder, found "
                    + (isFolder.boolValue || !FileManager.default.fileExists(atPath: folder.path)
                        ? "nothing there" : "a file")
                    + ". `grpo init` makes a new model; a folder from the hub works too.")
        }
        var copied: [String: Data] = [:]
        for name in ["config.json", "generation_config.json"] {
            let file = folder.appending(path: name)
            guard FileManager.default.fileExists(atPath: file.path) else { continue }
            copied[name] = try Data(contentsOf: file)
        }
        guard copied["config.json"] != nil else {
            throw ModelError(
                file: folder.appending(path: "config.json").path,
                reason: "the file is missing; is this a Hugging Face model folder?")
        }
        self.copied = copied
    }

    func configuration() throws -> DecoderConfiguration {
        try DecoderConfiguration(
            json: copied["config.json"] ?? Data(), file: folder.appending(path: "config.json").path)
    }

    /// The weights; by default float32 on the CPU, bfloat16 on CUDA.
    func weights(device: Device, dtype: DType?) throws -> ParameterSource {
        .checkpoint(
            try SafetensorsFile(folder.appending(path: "model.safetensors")),
            dtype: dtype ?? (device == .cpu ? .float32 : .bfloat16), device: device)
    }

    /// The stop tokens of `generation_config.json`, which differ from `config.json`'s in practice.
    func stopTokens() throws -> [Int]? {
        struct Mirror: Decodable {
            let stopTokens: OneOrMore?
            enum CodingKeys: String, CodingKey { case stopTokens = "eos_token_id" }
        }
        guard let data = copied["generation_config.json"] else { return nil }
        do {
            return try JSONDecoder().decode(Mirror.self, from: data).stopTokens?.values
        } catch let error as DecodingError {
            throw ModelError(
                file: folder.appending(path: "generation_config.json").path, decoding: error)
        }
    }
}

extension Decoder {
    /// Loads the network of a model folder, without its tokenizer.
    ///
    /// - Throws: an error that names the file, what was expected and what was found.
    public convenience init(folder: URL, device: Device = .cpu, dtype: DType? = nil) throws {
        let files = try ModelFiles(folder)
        try self.init(files.configuration(), from: files.weights(device: device, dtype: dtype))
    }
}

extension ParameterSource {
    /// The tensors of a checkpoint; a missing one or another shape is named.
    static func checkpoint(
        _ file: SafetensorsFile, dtype: DType, device: Device
    ) -> ParameterSource {
        ParameterSource { name, shape, _ in
            if let entry = file.entries[name], entry.shape != shape {
                throw ModelError(
                    file: file.url.path,
                    reason: "\"\(name)\" has shape \(entry.shape), config.json needs \(shape); "
                        + "are both from the same model?")
            }
            return try file.tensor(name).to(dtype, device: device)
        }
    }
}
