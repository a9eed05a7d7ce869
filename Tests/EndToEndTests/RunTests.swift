import Foundation
import GRPO
import TestSupport
import Testing

@Suite("Runs of the program")
struct RunTests {
    private func withModelAndData(_ body: (URL) throws -> Void) throws {
        try withTemporaryFolder { folder in
            let made = try Program("grpo").run(["init", "model", "--size", "nano"], in: folder)
            #expect(made.status == 0, "\(made.errors)")
            let rows = (0..<40).map { "{\"q\": \"\($0)+1\", \"a\": \"\($0 + 1)\"}\n" }
            try Data(rows.joined().utf8).write(to: folder.appending(path: "data.jsonl"))
            try body(folder)
        }
    }

    private func train(_ output: String, steps: Int, _ more: [String] = []) -> [String] {
        [
            "train", "--model", "model", "--train", "data.jsonl", "--output", output,
            "--prompt", "{q}=", "--answer", "{a}", "--reward", "number", "--reward",
            "{kind: length, maximum: 3, weight: 0.1}", "--steps", "\(steps)", "--group-size", "2",
            "--prompts-per-step", "2", "--max-new-tokens", "4", "--learning-rate", "1e-4",
        ] + more
    }

    private func lines(_ folder: URL, _ name: String) throws -> [[String: Any]] {
        try String(contentsOf: folder.appending(path: name), encoding: .utf8)
            .split(separator: "\n").map {
                try #require(
                    try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
            }
    }

    @Test func theCommandsOfTheReadmeFollowEachOther() throws {
        try withModelAndData { folder in
            let warm = try Program("grpo").run(
                [
                    "sft", "--model", "model", "--train", "data.jsonl", "--prompt", "{q}=",
                    "--answer", "{a}", "--output", "warm", "--steps", "2",
                ], in: folder)
            #expect(warm.status == 0, "\(warm.errors)")
            let trained = try Program("grpo").run(
                train("run", steps: 3, ["--model", "warm/model"]), in: folder)
            #expect(trained.status == 0, "\(trained.errors)")
            let evaluated = try Program("grpo").run(
                [
                    "eval", "run/model", "--data", "data.jsonl", "--prompt", "{q}=", "--answer",
                    "{a}", "--reward", "number", "--max-new-tokens", "4", "--json",
                ], in: folder)
            #expect(evaluated.status == 0, "\(evaluated.errors)")
            #expect(evaluated.output.contains("accuracy"))
            let generated = try Program("grpo").run(
                ["generate", "run/model", "1+1=", "--max-new-tokens", "4"], in: folder)
            #expect(generated.status == 0, "\(generated.errors)")
        }
    }

    @Test func aRunFolderHoldsAllThatTheRunWas() throws {
        try withModelAndData { folder in
            let outcome = try Program("grpo").run(
                train("run", steps: 4, ["--set", "training.save_every=2"]), in: folder)
            #expect(outcome.status == 0, "\(outcome.errors)")
            let run = folder.appending(path: "run")
            let metrics = try lines(run, "metrics.jsonl")
            #expect(metrics.map { $0["step"] as? Int } == [1, 2, 3, 4])
            let names = [
                "reward", "reward_std", "rewards/number/mean", "rewards/length/mean",
                "frac_reward_zero_std", "completions/mean_length", "entropy", "grad_norm",
                "learning_rate", "num_tokens", "logp_drift",
            ]
            for name in names { #expect(metrics[0][name] is NSNumber, "\(name)") }
            let completions = try lines(run, "completions.jsonl")
            #expect(completions.count == 4 * 2 * 2)
            #expect(completions[0]["prompt"] is String && completions[0]["advantage"] is NSNumber)
            for place in ["model", "models/step-2"] {
                _ = try LanguageModel(folder: run.appending(path: place))
            }
            // The resolved configuration alone repeats the run.
            let again = try Program("grpo").run(
                ["train", "run/configuration.yaml", "--output", "again", "--quiet"], in: folder)
            #expect(again.status == 0, "\(again.errors)")
            let weights = try ["run", "again"].map {
                try Data(contentsOf: folder.appending(path: "\($0)/model/model.safetensors"))
            }
            #expect(weights[0] == weights[1])
        }
    }

    @Test func everyAlgorithmAndPresetTrainsFromTheCommandLine() throws {
        try withModelAndData { folder in
            for (name, choice) in [
                ("ppo", ["--set", "algorithm=ppo"]),
                ("shared", ["--set", "algorithm={kind: ppo, value: shared}"]),
                ("dapo", ["--set", "preset=dapo", "--set", "objective.truncated=mask"]),
                ("gspo", ["--set", "preset=gspo"]),
                ("rloo", ["--set", "preset=rloo"]),
            ] {
                let outcome = try Program("grpo").run(train(name, steps: 2, choice), in: folder)
                #expect(outcome.status == 0, "\(name): \(outcome.errors)")
                let hasValues = FileManager.default.fileExists(
                    atPath: folder.appending(path: "\(name)/model/value.safetensors").path)
                #expect(hasValues == ["ppo", "shared"].contains(name))
            }
            #expect(
                try lines(folder.appending(path: "ppo"), "metrics.jsonl")[0]["value_loss"] != nil)
        }
    }

    @Test func configurationsAreExplained() throws {
        try withTemporaryFolder { folder in
            let shown = try Program("grpo").run(
                ["config", "show", "--set", "preset=dapo"], in: folder)
            #expect(shown.status == 0 && shown.output.contains("high: 0.28"))
            #expect(shown.output.contains("[preset dapo]") && shown.output.contains("[default]"))
            let presets = try Program("grpo").run(["config", "presets"], in: folder)
            #expect(presets.output.contains("dr-grpo"))
        }
    }

    @Test func jsonOutputIsOneObjectALine() throws {
        try withModelAndData { folder in
            let outcome = try Program("grpo").run(train("run", steps: 2, ["--json"]), in: folder)
            let objects = outcome.output.split(separator: "\n").map {
                try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
            }
            #expect(objects.count >= 2 && objects.allSatisfy { $0 != nil }, "\(outcome.output)")
        }
    }
}
