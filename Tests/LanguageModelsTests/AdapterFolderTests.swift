import Foundation
import NeuralNetwork
import TestSupport
import Testing
import Torch

@testable import LanguageModels

@Suite struct AdapterFolderTests {
    private func logits(_ model: LanguageModel) -> [Double] {
        withoutGradients { model.decoder.logits([5, 17, 80, 3, 9]).doubles }
    }

    /// A nano model's folder, and that of an adapter of it, whose configuration `change` changes.
    private func withFolders(
        _ change: (inout [String: Any]) -> Void = { _ in },
        _ body: (_ model: LanguageModel, _ base: URL, _ adapter: URL) throws -> Void
    ) throws {
        try withTemporaryFolder { folder in
            let (base, place) = (folder.appending(path: "base"), folder.appending(path: "adapter"))
            try LanguageModel(random: DecoderConfiguration(.nano), seed: 3).save(to: base)
            let model = try adaptedModel(try LanguageModel(folder: base))
            model.decoder.adapter?.base = base.path
            try model.save(to: place)
            let file = place.appending(path: "adapter_config.json")
            var object = try #require(
                try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
            change(&object)
            try JSONSerialization.data(withJSONObject: object).write(to: file)
            try body(model, base, place)
        }
    }

    private func refusal(_ change: (inout [String: Any]) -> Void) throws -> String {
        var text = ""
        try withFolders(change) { _, base, adapter in
            do { _ = try LanguageModel.load(base, adapter: adapter) } catch { text = "\(error)" }
        }
        return text
    }

    @Test func whatIsSavedIsLoadedAgainByEitherWay() throws {
        try withFolders { model, base, adapter in
            let expected = logits(model)
            let loaded = try [
                LanguageModel.load(base, adapter: adapter), LanguageModel.load(adapter),
                LanguageModel.load(base),
            ].map { logits($0) }
            #expect(loaded[0] == expected && loaded[1] == expected && loaded[2] != expected)
            #expect(throws: ModelError.self) { try LanguageModel.load(adapter, adapter: adapter) }
        }
    }

    @Test func anInspectionSaysWhatCannotBeUsed() throws {
        let text = { (change: (inout [String: Any]) -> Void) in
            var found: [ModelInspection.Finding] = []
            try withFolders(change) { _, _, adapter in
                found = try AdapterInspection(folder: adapter).findings
            }
            return found.map { "\($0.severity): \($0.text)" }
        }
        #expect(try text { _ in }.isEmpty)
        let refused = try text { $0["use_dora"] = true }
        #expect(refused.count == 1 && refused[0].hasPrefix("error: "), "\(refused)")
        let homeless = try text { $0["base_model_name_or_path"] = "nowhere/at-all" }
        #expect(homeless.count == 1 && homeless[0].hasPrefix("warning: "), "\(homeless)")
    }

    @Test func theFileHasTheNamesThatPEFTReads() throws {
        try withFolders { model, _, adapter in
            let file = try SafetensorsFile(adapter.appending(path: "adapter_model.safetensors"))
            let name = "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight"
            #expect(file.entries[name]?.shape == [3, 128])
            #expect(file.entries.count == model.decoder.trainableParameters.count)
        }
    }

    @Test func patternsAndNamesSurvive() throws {
        try withTemporaryFolder { folder in
            var settings = LowRankAdapterSettings(
                rank: 4, alpha: 8, targets: .pattern(#".*\.(q|k)_proj"#))
            settings.rankPattern = ["k_proj": 2]
            settings.alphaPattern = [#"layers\.0\..*"#: 3]
            settings.isRankStabilized = true
            settings.dropout = 0.25
            let base = try LanguageModel(random: DecoderConfiguration(.nano), seed: 3)
            let place = folder.appending(path: "adapter")
            try base.adapted(by: LowRankAdapter(new: settings, seed: 1)).save(to: place)
            let loaded = try AdapterFolder(place).adapting(base.decoder)
            #expect(loaded.adapter?.settings == settings)
        }
    }

    @Test func mergingWritesTheModelInTheTypeOfItsFile() throws {
        try withFolders { model, base, adapter in
            let output = base.deletingLastPathComponent().appending(path: "merged")
            try LanguageModel.merge(adapter: adapter, output: output)
            let merged = try LanguageModel(folder: output)
            #expect(largestDifference(logits(merged), logits(model)) < 1e-5)
            let small = base.deletingLastPathComponent().appending(path: "small")
            try LanguageModel.merge(adapter: adapter, output: small, dtype: .bfloat16)
            let file = try SafetensorsFile(small.appending(path: "model.safetensors"))
            #expect(file.entries.values.allSatisfy { $0.dtype == "BF16" })
        }
    }

    @Test(arguments: [
        ("use_dora", true as any Sendable), ("bias", "all"), ("modules_to_save", ["lm_head"]),
        ("layers_to_transform", [0]), ("exclude_modules", "q_proj"), ("peft_type", "IA3"),
        ("fan_in_fan_out", true), ("init_lora_weights", "pissa_niter_4"), ("r", 0),
        ("something_new", ["x": 1]), ("target_modules", [String]()), ("lora_alpha", "four"),
    ])
    func whatIsNotSupportedIsRefusedByName(key: String, value: any Sendable) throws {
        let text = try refusal { $0[key] = value }
        let words = ["r": "rank", "target_modules": "targets"]
        #expect(text.contains("adapter_config.json") && text.contains(words[key] ?? key), "\(text)")
    }

    @Test func missingAndUnexpectedTensorsAreNamed() throws {
        #expect(try refusal { $0["target_modules"] = ["q_proj"] }.contains("is no adapter of"))
        #expect(try refusal { $0["r"] = 2 }.contains("has shape [3, 128], expected [2, 128]"))
        try withFolders { model, base, adapter in
            let url = adapter.appending(path: "adapter_model.safetensors")
            let file = try SafetensorsFile(url)
            let rest = try file.entries.keys.sorted().dropFirst().map { ($0, try file.tensor($0)) }
            try SafetensorsFile.write(rest, to: url)
            let error = #expect(throws: ModelError.self) {
                try LanguageModel.load(base, adapter: adapter)
            }
            #expect(error?.reason.contains("is missing") == true)
        }
    }

    @Test func aModelThatIsNotThereIsNamed() throws {
        try withFolders({ $0["base_model_name_or_path"] = "hub/name" }) { _, _, adapter in
            let error = #expect(throws: ModelError.self) { try LanguageModel.load(adapter) }
            #expect(error?.reason.contains("hub/name") == true)
            #expect(error?.reason.contains("--adapter") == true)
        }
    }
}
