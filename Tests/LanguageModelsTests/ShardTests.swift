import Foundation
import NeuralNetwork
import TestSupport
import Testing
import Torch

@testable import LanguageModels

@Suite struct ShardTests {
    private let index = "model.safetensors.index.json"

    private func model() throws -> LanguageModel {
        try LanguageModel(random: DecoderConfiguration(.nano), seed: 1)
    }

    /// Saves a model in shards, spoils it, and gives the message of loading it.
    private func message(spoiling spoil: (URL) throws -> Void) throws -> String {
        try withTemporaryFolder { folder in
            let place = folder.appending(path: "model")
            var settings = SaveSettings()
            settings.shardBytes = 500_000
            try model().save(to: place, settings: settings)
            try spoil(place)
            do {
                _ = try LanguageModel(folder: place)
                return "no error"
            } catch {
                return "\(error)".replacingOccurrences(of: place.path, with: "MODEL")
            }
        }
    }

    private func replace(_ old: String, by new: String, in file: URL) throws {
        let text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
        #expect(text.contains(old))
        try Data(text.replacing(old, with: new, maxReplacements: 1).utf8).write(to: file)
    }

    @Test(arguments: [DType.float32, .bfloat16])
    func aModelInShardsLoadsWithTheSameWeights(dtype: DType) throws {
        try withTemporaryFolder { folder in
            let (model, place) = (try model(), folder.appending(path: "model"))
            var settings = SaveSettings(dtype: dtype)
            settings.shardBytes = 400_000
            try model.save(to: place, settings: settings)
            let names = try FileManager.default.contentsOfDirectory(atPath: place.path)
            let shards = names.filter { $0.hasSuffix(".safetensors") }.sorted()
            #expect(shards.count > 1 && shards[0].hasPrefix("model-00001-of-0000"))
            let loaded = try LanguageModel(folder: place)
            for (old, new) in zip(model.decoder.parameters, loaded.decoder.parameters) {
                #expect(new.value.floats == old.value.to(dtype).floats)
            }
        }
    }

    @Test(arguments: [
        "../model.safetensors", "/etc/x.safetensors", "a\\b.safetensors", "x.bin", "",
    ])
    func anIndexNamesFilesBesideItAlone(name: String) throws {
        let written = name.replacing("\\", with: "\\\\")
        let text = try message {
            try replace(
                "\"model-00001-of-00004.safetensors\"", by: "\"\(written)\"",
                in: $0.appending(path: index))
        }
        #expect(
            text.hasPrefix("MODEL/\(index): expected the name of a .safetensors file"), "\(text)")
    }

    @Test func aMissingShardIsNamed() throws {
        let text = try message {
            try FileManager.default.removeItem(
                at: $0.appending(path: "model-00002-of-00004.safetensors"))
        }
        #expect(
            text.hasPrefix("MODEL/model-00002-of-00004.safetensors: the shard is missing"),
            "\(text)")
    }

    @Test func aTensorThatIsNotInItsShardIsNamed() throws {
        let text = try message {
            try replace(
                "model.norm.weight", by: "model.other.weight", in: $0.appending(path: index))
        }
        #expect(text.hasPrefix("MODEL/\(index): it says that \"model.other.weight\""), "\(text)")
    }

    @Test(arguments: [
        "{}", "[]", "{\"weight_map\":{}}", "{\"weight_map\":{\"a\":1}}",
        "{\"weight_map\":{\"a\":\"x\",\"a\":\"y\"}}",
    ])
    func anIndexWithoutAMapIsRefused(text: String) throws {
        let found = try message { try Data(text.utf8).write(to: $0.appending(path: index)) }
        #expect(found.hasPrefix("MODEL/\(index): "), "\(found)")
    }

    @Test func theTokenizersFilesAreCopiedByteForByte() throws {
        try withTemporaryFolder { folder in
            let (first, second) = (folder.appending(path: "a"), folder.appending(path: "b"))
            try model().save(to: first)
            let extra = [
                "chat_template.jinja", "special_tokens_map.json", "added_tokens.json", "vocab.json",
                "merges.txt", "tokenizer.model", "additional_chat_templates/tool_use.jinja",
            ]
            for name in extra {
                let file = first.appending(path: name)
                try FileManager.default.createDirectory(
                    at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data("\u{0} \(name)\r\n".utf8).write(to: file)
            }
            try LanguageModel(folder: first).save(to: second)
            for name in extra + ["tokenizer.json", "tokenizer_config.json"] {
                #expect(
                    try Data(contentsOf: first.appending(path: name))
                        == Data(contentsOf: second.appending(path: name)), "\(name)")
            }
        }
    }

    @Test func stopTokensAreThoseOfGenerationAndTokenizer() {
        let stops = { StopTokens(generation: $0, tokenizer: $1, configuration: [7]) }
        #expect(stops([1, 2], 3).all == [1, 2, 3])
        #expect(stops([], 3).all == [3, 7])
        #expect(stops([], nil).all == [7])
    }
}
