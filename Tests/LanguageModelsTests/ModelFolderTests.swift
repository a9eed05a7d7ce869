import Foundation
import NeuralNetwork
import TestSupport
import Testing
import Torch

@testable import LanguageModels

@Suite struct ModelFolderTests {
    private func model() throws -> LanguageModel {
        try LanguageModel(random: DecoderConfiguration(.nano), seed: 1)
    }

    /// Saves a model, spoils it, and gives the message of loading it.
    private func message(spoiling spoil: (URL) throws -> Void) throws -> String {
        try withTemporaryFolder { folder in
            let place = folder.appending(path: "model")
            try model().save(to: place)
            try spoil(place)
            do {
                _ = try LanguageModel(folder: place)
                return "no error"
            } catch {
                return "\(error)".replacingOccurrences(of: place.path, with: "MODEL")
            }
        }
    }

    private func rewriteTensors(
        _ folder: URL, _ change: ([(name: String, tensor: Tensor)]) -> [(String, Tensor)]
    ) throws {
        let url = folder.appending(path: "model.safetensors")
        let file = try SafetensorsFile(url)
        let tensors = try file.entries.keys.sorted().map { ($0, try file.tensor($0)) }
        try SafetensorsFile.write(change(tensors), to: url)
    }

    private func edit(_ file: URL, _ change: (inout [String: Any]) -> Void) throws {
        let object = try JSONSerialization.jsonObject(with: Data(contentsOf: file))
        var dictionary = try #require(object as? [String: Any])
        change(&dictionary)
        try JSONSerialization.data(withJSONObject: dictionary).write(to: file)
    }

    @Test func aSavedModelLoadsWithTheSameWeights() throws {
        try withTemporaryFolder { folder in
            let model = try model()
            try model.save(to: folder.appending(path: "model"))
            let loaded = try LanguageModel(folder: folder.appending(path: "model"))
            #expect(loaded.decoder.configuration == model.decoder.configuration)
            #expect(loaded.stopTokens == model.stopTokens)
            for (old, new) in zip(model.decoder.parameters, loaded.decoder.parameters) {
                #expect(old.name == new.name && old.value.floats == new.value.floats)
            }
        }
    }

    @Test func filesThatAreReadAreWrittenAsTheyWere() throws {
        try withTemporaryFolder { folder in
            let first = folder.appending(path: "first")
            try model().save(to: first)
            try edit(first.appending(path: "config.json")) { $0["some_new_key"] = [1, 2] }
            let second = folder.appending(path: "second")
            try LanguageModel(folder: first).save(to: second)
            let names = try FileManager.default.contentsOfDirectory(atPath: first.path).sorted()
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: second.path).sorted() == names)
            for name in names {
                #expect(
                    try Data(contentsOf: first.appending(path: name))
                        == Data(contentsOf: second.appending(path: name)), "\(name)")
            }
        }
    }

    @Test func savingNeverOverwrites() throws {
        try withTemporaryFolder { folder in
            let place = folder.appending(path: "model")
            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
            #expect(throws: ModelError.self) { try model().save(to: place) }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["model"])
        }
    }

    @Test func aMissingTensorIsNamed() throws {
        let text = try message {
            try rewriteTensors($0) { $0.filter { $0.name != "model.norm.weight" } }
        }
        #expect(
            text == "MODEL/model.safetensors: has no tensor \"model.norm.weight\"; "
                + "is config.json from the same model?")
    }

    @Test func aTensorOfAnotherShapeIsNamed() throws {
        let text = try message {
            try rewriteTensors($0) { tensors in
                tensors.map { $0.name == "model.norm.weight" ? ($0.name, Tensor.zeros([7])) : $0 }
            }
        }
        #expect(text.contains("MODEL/model.safetensors"))
        #expect(
            text.contains("\"model.norm.weight\"") && text.contains("[128]") && text.contains("[7]")
        )
    }

    @Test func aTruncatedFileIsRefused() throws {
        let text = try message {
            let file = $0.appending(path: "model.safetensors")
            let data = try Data(contentsOf: file)
            try data.prefix(data.count - 100).write(to: file)
        }
        #expect(text.contains("the file is not whole"))
    }

    @Test func aFileThatIsNotSafetensorsIsRefused() throws {
        for bytes in [Data(), Data("<html>".utf8), Data(repeating: 0xFF, count: 64)] {
            let text = try message {
                try bytes.write(to: $0.appending(path: "model.safetensors"))
            }
            #expect(text.hasPrefix("MODEL/model.safetensors: "))
        }
    }

    @Test(arguments: ["config.json", "model.safetensors", "tokenizer.json"])
    func aMissingFileIsNamed(name: String) throws {
        let text = try message {
            try FileManager.default.removeItem(at: $0.appending(path: name))
        }
        #expect(text.hasPrefix("MODEL/\(name): "), "\(text)")
    }

    @Test func aFolderThatIsNotThereIsNamed() throws {
        let text = try message { try FileManager.default.removeItem(at: $0) }
        #expect(text.hasPrefix("MODEL: expected a model folder, found nothing there."))
    }

    @Test func anUnknownModelTypeIsRefusedWithTheKnownOnes() throws {
        let text = try message {
            try edit($0.appending(path: "config.json")) { $0["model_type"] = "mamba" }
        }
        #expect(
            text
                == "MODEL/config.json: model_type is \"mamba\"; supported are: llama, qwen2, qwen3, "
                + "mistral, smollm3, gemma2, gemma3_text, phi3, gemma3.")
    }

    @Test(arguments: [
        ("hidden_size", "wide" as any Sendable), ("num_attention_heads", 0),
        ("num_key_value_heads", 3), ("vocab_size", -1), ("rms_norm_eps", "x"),
    ])
    func aKeyThatMakesNoDecoderIsNamed(key: String, value: any Sendable) throws {
        let text = try message {
            try edit($0.appending(path: "config.json")) { $0[key] = value }
        }
        #expect(text.hasPrefix("MODEL/config.json: ") && text.contains(key), "\(text)")
    }

    @Test func configurationThatIsNotJSONIsRefused() throws {
        let text = try message {
            try Data("{\"model_type\": ".utf8).write(to: $0.appending(path: "config.json"))
        }
        #expect(text.hasPrefix("MODEL/config.json: it is not valid JSON"))
    }

    @Test func aTokenizerLargerThanTheModelIsRefused() throws {
        let text = try message {
            try edit($0.appending(path: "config.json")) { $0["vocab_size"] = 200 }
        }
        #expect(text.hasPrefix("MODEL/"), "\(text)")
        #expect(text != "no error")
    }

    /// For root, `make soak` mounts a disk read-only.
    @Test(.enabled(if: getuid() != 0, "root may write anywhere"))
    func aReadOnlyFolderIsSaidToBe() throws {
        try withTemporaryFolder { folder in
            let place = folder.appending(path: "locked")
            try FileManager.default.createDirectory(
                at: place, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o555])
            #expect(throws: ModelError.self) {
                try model().save(to: place.appending(path: "model"))
            }
        }
    }
}
