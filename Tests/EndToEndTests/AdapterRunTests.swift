import Foundation
import GRPO
import LanguageModels
import TestSupport
import Testing

/// Runs of the program that train an adapter.
@Suite struct AdapterRunTests {
    private func run(_ arguments: [String], in folder: URL) throws -> String {
        let outcome = try Program("grpo").run(arguments, in: folder)
        #expect(outcome.status == 0, "\(arguments[0]): \(outcome.errors)")
        return outcome.output
    }

    @Test func anAdapterIsTrainedGoneOnWithEvaluatedAndMerged() throws {
        try withTemporaryFolder { folder in
            let rows = (0..<20).map { "{\"prompt\": \"\($0)+1=\", \"answer\": \"\($0 + 1)\"}\n" }
            try Data(rows.joined().utf8).write(to: folder.appending(path: "data.jsonl"))
            _ = try run(["init", "model", "--size", "nano"], in: folder)
            let common = [
                "--model", "model", "--train", "data.jsonl", "--steps", "2", "--learning-rate",
                "0.01", "--set", "training.gradient_checkpointing=true",
            ]
            _ = try run(
                ["sft", "--output", "warm", "--set", "lora.rank=4", "--set", "lora.dropout=0.1"]
                    + common, in: folder)
            _ = try run(
                [
                    "train", "--output", "run", "--adapter", "warm/model", "--reward",
                    "{kind: length, maximum: 3}", "--group-size", "2", "--prompts-per-step", "2",
                    "--max-new-tokens", "4", "--set", "objective.kl.coefficient=0.1", "--set",
                    "training.save_every=1",
                ] + common, in: folder)
            for place in ["warm/model", "run/model", "run/models/step-1"] {
                let files = try FileManager.default.contentsOfDirectory(
                    atPath: folder.appending(path: place).path)
                #expect(
                    Set(files).isSuperset(of: [
                        "adapter_config.json", "adapter_model.safetensors", "tokenizer.json",
                    ]) && !files.contains("model.safetensors"))
            }
            _ = try run(
                [
                    "eval", "model", "--adapter", "run/model", "--data", "data.jsonl",
                    "--max-new-tokens", "2",
                ], in: folder)
            #expect(try run(["merge", "run", "merged"], in: folder).contains("merged"))
            let texts = try [["run/model"], ["merged"], ["model", "--adapter", "run/model"]].map {
                try run(
                    ["generate"] + $0[..<1] + ["1+1="] + $0[1...] + [
                        "--max-new-tokens", "8", "--temperature", "0",
                    ], in: folder)
            }
            #expect(texts[0] == texts[1] && texts[0] == texts[2])
        }
    }
}
