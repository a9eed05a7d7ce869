import Foundation
import TestSupport
import Testing
import Torch

@testable import LanguageModels

@Suite struct ModelFolderFuzzTests {
    private static let index = Array(
        (#"{"metadata":{"total_size":96},"weight_map":{"model.norm.weight":"#
            + #""model-00001-of-00002.safetensors","lm_head.weight":"#
            + #""model-00002-of-00002.safetensors"}}"#).utf8)

    @Test func changedIndexesAreReadOrRefusedAndNeverLeaveTheFolder() throws {
        var mutation = Mutation(seed: 8)
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "model.safetensors.index.json")
            for _ in 0..<Mutation.rounds(300) {
                try Data(mutation.changed(Self.index)).write(to: url)
                // There are no shards: every index must be refused, for one reason or another.
                do {
                    _ = try CheckpointWeights(folder: folder)
                    Issue.record("an index without shards was read")
                } catch {
                    #expect("\(error)".hasPrefix(folder.path), "\(error)")
                }
            }
        }
    }

    @Test(arguments: ["llama-tiny", "qwen2-tiny"])
    func changedConfigurationsAreReadOrRefused(name: String) throws {
        let url = Fixtures.folder.appending(path: "\(name)/config.json")
        let bytes = Array(try Data(contentsOf: url))
        var mutation = Mutation(seed: 9)
        for _ in 0..<Mutation.rounds(300) {
            do throws(ModelError) {
                let json = Data(mutation.changed(bytes))
                let configuration = try DecoderConfiguration(json: json, file: "config.json")
                #expect(configuration.vocabularySize > 0)
            } catch {
                #expect(error.description.hasPrefix("config.json: "))
            }
        }
    }

    @Test(arguments: ["config.json", "generation_config.json", "model.safetensors"])
    func aFolderWithAChangedFileIsInspectedOrRefused(file: String) throws {
        let source = Fixtures.folder.appending(path: "qwen2-tiny")
        let bytes = Array(try Data(contentsOf: source.appending(path: file)))
        var mutation = Mutation(seed: 10)
        try withTemporaryFolder { folder in
            let place = folder.appending(path: "model")
            try FileManager.default.copyItem(at: source, to: place)
            for _ in 0..<min(Mutation.rounds(40), 2000) {
                try Data(mutation.changed(bytes)).write(to: place.appending(path: file))
                _ = try? ModelInspection(folder: place)
                _ = try? Decoder(folder: place)
            }
        }
    }
}
