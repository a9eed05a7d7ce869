import Foundation
import NeuralNetwork
import SystemErrors
import Tokenizers
import Torch

/// The small files of a model folder.
struct ModelFiles {
    let folder: URL
    /// What saving writes as it was read, by the path within the folder.
    let copied: [String: Data]

    /// The tokenizer's files that nothing here needs, but others do.
    static let companions = [
        "generation_config.json", "chat_template.jinja", "chat_template.json",
        "special_tokens_map.json", "added_tokens.json", "vocab.json", "merges.txt",
        "tokenizer.model",
    ]
    static let templateFolder = "additional_chat_templates"

    init(_ folder: URL) throws(ModelError) {
        self.folder = folder
        var isFolder: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder)
        guard exists, isFolder.boolValue else {
            throw ModelError(
                file: folder.path,
                reason: "expected a model folder, found \(exists ? "a file" : "nothing there")"
                    + ". `grpo init` makes a new model; a folder from the hub works too.")
        }
        guard let configuration = try Self.read("config.json", of: folder) else {
            throw ModelError(
                file: folder.appending(path: "config.json").path,
                reason: "the file is missing; is this a Hugging Face model folder?")
        }
        var copied = ["config.json": configuration]
        for name in Self.companions + Self.templates(in: folder) {
            copied[name] = try Self.read(name, of: folder)
        }
        self.copied = copied
    }

    /// The paths of the templates in `additional_chat_templates`.
    private static func templates(in folder: URL) -> [String] {
        let place = folder.appending(path: templateFolder).path
        let names = (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? []
        return names.filter { $0.hasSuffix(".jinja") }.sorted().map { "\(templateFolder)/\($0)" }
    }

    /// What a file holds; `nil` where it is not there.
    static func read(_ name: String, of folder: URL) throws(ModelError) -> Data? {
        let file = folder.appending(path: name)
        guard FileManager.default.fileExists(atPath: file.path) else { return nil }
        do {
            // Links are followed: in a hub cache every file is one.
            let facts = try FileManager.default.attributesOfItem(
                atPath: file.resolvingSymlinksInPath().path)
            guard facts[.type] as? FileAttributeType == .typeRegular else {
                throw ModelError(file: file.path, reason: "it is not a regular file.")
            }
            return try Data(contentsOf: file)
        } catch let error as ModelError {
            throw error
        } catch {
            throw ModelError(
                file: file.path, reason: "it cannot be read: \(error.explanation)")
        }
    }

    /// The shape of the network.
    func configuration() throws(ModelError) -> DecoderConfiguration {
        try DecoderConfiguration(
            json: copied["config.json"] ?? Data(),
            file: folder.appending(path: "config.json").path)
    }

    /// The weights of a network; by default float32 on the CPU, bfloat16 on CUDA.
    func weights(
        of configuration: DecoderConfiguration, device: Device, dtype: DType?
    ) throws -> ParameterSource {
        .checkpoint(
            try CheckpointWeights(folder: folder),
            dtype: dtype ?? (device == .cpu ? .float32 : .bfloat16), device: device
        ).named(configuration.checkpointNames)
    }

    /// The tokens that end a completion, with what each file says.
    func stopTokens(
        _ configuration: DecoderConfiguration, _ tokenizer: Tokenizer?
    ) throws(ModelError) -> StopTokens {
        StopTokens(
            generation: try generationStopTokens(), tokenizer: tokenizer?.endOfTextToken,
            configuration: configuration.stopTokens)
    }

    private func generationStopTokens() throws(ModelError) -> [Int] {
        struct Mirror: Decodable {
            let stopTokens: OneOrMore?
            enum CodingKeys: String, CodingKey { case stopTokens = "eos_token_id" }
        }
        let name = "generation_config.json"
        guard let data = copied[name] else { return [] }
        do {
            return try JSONDecoder().decode(Mirror.self, from: data).stopTokens?.values ?? []
        } catch let error as DecodingError {
            throw ModelError(file: folder.appending(path: name).path, decoding: error)
        } catch {
            throw ModelError(file: folder.appending(path: name).path, reason: "\(error)")
        }
    }
}

/// The tokens that end a completion, and which file says so; the files differ in practice.
public struct StopTokens: Sendable, Equatable {
    /// `eos_token_id` of `generation_config.json`.
    public var generation: [Int]
    /// `eos_token` of `tokenizer_config.json`.
    public var tokenizer: Int?
    /// `eos_token_id` of `config.json`, which counts where `generation_config.json` names none.
    public var configuration: [Int]

    /// The union that TRL takes too.
    public var all: Set<Int> {
        Set((generation.isEmpty ? configuration : generation) + (tokenizer.map { [$0] } ?? []))
    }
}
