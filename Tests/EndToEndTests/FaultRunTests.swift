import Foundation
import LanguageModels
import TestSupport
import Testing
import Torch

/// Faults of the world around a run: no memory, no disk, signals, weights that are not finite.
@Suite(.serialized) struct FaultRunTests {
    /// A folder with a model and rows of prompts.
    private func withData(_ body: (URL) throws -> Void) throws {
        try withTemporaryFolder { folder in
            // So wide that what a pass keeps is in blocks that go back to the system when freed.
            let made = try Program("grpo").run(
                ["init", "model", "--hidden", "512", "--layers", "2", "--heads", "8"], in: folder)
            #expect(made.status == 0, "\(made.errors)")
            let rows = (0..<16).map { "{\"prompt\": \"\($0)+1=\", \"answer\": \"\($0 + 1)\"}\n" }
            try Data(rows.joined().utf8).write(to: folder.appending(path: "data.jsonl"))
            try body(folder)
        }
    }

    private func train(_ steps: Int, to output: String, microBatchTokens: Int) -> [String] {
        let settings = [
            "threads=1", "training.memory_check=false", "rollout.concurrent_completions=2",
            "training.micro_batch_tokens=\(microBatchTokens)",
            "rewards=[{kind: pattern, expression: '[a-m]'}]",
        ]
        return [
            "train", "--model", "model", "--train", "data.jsonl", "--output", output, "--steps",
            "\(steps)", "--group-size", "4", "--prompts-per-step", "8", "--max-new-tokens", "4",
            "--learning-rate", "1e-3",
        ] + settings.flatMap { ["--set", $0] }
    }

    /// Runs the program within a limit of the shell's.
    private func run(
        _ arguments: [String], limit: String, in folder: URL
    ) throws -> Program.Outcome {
        let script = "ulimit \(limit) || exit 99; exec \"$0\" \"$@\""
        return try Program(path: "/bin/sh").run(
            ["-c", script, Program("grpo").file.path] + arguments, in: folder)
    }

    /// A prompt of so many tokens makes passes whose activations are gigabytes.
    private func writeLongPrompts(_ tokens: Int, _ folder: URL) throws {
        let rows = (0..<8).map { row in
            let text = String(repeating: "\(row) + 1 = ", count: tokens / 8)
            return "{\"prompt\": \"\(text)\", \"answer\": \"\(row + 1)\"}\n"
        }
        try Data(rows.joined().utf8).write(to: folder.appending(path: "data.jsonl"))
    }

    /// What the program needs at its start differs between machines; whatever the limit, nothing
    /// traps, and of one of them it has to say that it is too little.
    @Test func withoutMemoryARunEndsWithAMessageOrGoesOnWithLess() throws {
        try withData { folder in
            try writeLongPrompts(480, folder)
            var (isToldOnce, goesOn) = (false, false)
            for megabytes in [600, 640, 700, 1_500] {
                try? FileManager.default.removeItem(at: folder.appending(path: "run"))
                let outcome = try run(
                    train(1, to: "run", microBatchTokens: 4096), limit: "-v \(megabytes * 1024)",
                    in: folder)
                let isTold = outcome.errors.contains("out of memory")
                #expect(
                    outcome.status == 0 || outcome.status == 1 && isTold, "\(outcome.errors)")
                isToldOnce = isToldOnce || isTold
                goesOn = goesOn || outcome.status == 0
            }
            #expect(isToldOnce && goesOn, "no limit bears on this build")
        }
    }

    /// The model, and the metrics without times.
    private func result(_ run: String, in folder: URL) throws -> [Data] {
        let model = folder.appending(path: "\(run)/model")
        let weights = ["model.safetensors", "adapter_model.safetensors"]
            .map { model.appending(path: $0) }
            .first { FileManager.default.fileExists(atPath: $0.path) }
        let metrics = try Data(contentsOf: folder.appending(path: "\(run)/metrics.jsonl"))
        return [
            try Data(contentsOf: #require(weights)),
            Data(KillExperiment.withoutTimes(metrics).utf8),
        ]
    }

    /// The first pass finds no memory; so does the first sampling.
    @Test(arguments: [ResumableRun.all[1], .supervised])
    func aRunThatRanOutOfMemoryIsTheOneThatBeganWithLess(run: ResumableRun) throws {
        try withTemporaryFolder { folder in
            try ResumableRun.prepare(folder)
            let grpo = Program("grpo")
            func train(_ output: String, tokens: Int, failpoint: String = "") throws -> String {
                let check =
                    run.arguments[0] == "sft" ? [] : ["--set", "training.memory_check=false"]
                let outcome = try grpo.run(
                    run.arguments + check + [
                        "--output", output, "--set", "training.micro_batch_tokens=\(tokens)",
                        "--set", "training.keep_checkpoints=9", "--set", "threads=1",
                    ], in: folder, environment: ["GRPO_FAILPOINT": failpoint])
                #expect(outcome.status == 0, "\(outcome.errors)")
                return outcome.errors
            }
            _ = try train("large", tokens: 16)
            _ = try train("small", tokens: 8)
            let told = try train("halved", tokens: 16, failpoint: "pass:1=memory")
            #expect(told.contains("Set training.micro_batch_tokens: 8"), "\(told)")
            let (small, large) = (try result("small", in: folder), try result("large", in: folder))
            #expect(try result("halved", in: folder) == small)
            #expect(small != large, "the size of the passes must show in the last bits")
            // What it had learned of the memory is in its checkpoints.
            let fork = try grpo.run(
                ["fork", "halved", "--at", "2", "--output", "forked", "--quiet"], in: folder)
            #expect(fork.status == 0, "\(fork.errors)")
            #expect(try result("forked", in: folder)[0] == small[0])
            guard run.arguments[0] == "train" else { return }
            let sampled = try train("sampled", tokens: 16, failpoint: "sampling:1=memory")
            #expect(sampled.contains("Set rollout.concurrent_completions: "), "\(sampled)")
            #expect(try result("sampled", in: folder) == large)
        }
    }

    /// Behind the passes of the third step, in both algorithms and for the moving reference, and in
    /// an evaluation.
    @Test(arguments: [
        (0, "optimizer:5=memory", "out of memory while the norm of the gradients was computed"),
        (2, "optimizer:5=memory", "out of memory while the norm of the gradients was computed"),
        (0, "reference:1=memory", "out of memory while the reference was updated"),
        (0, "evaluation:1=memory", "out of memory in sampling 1 completions"),
    ])
    func withoutMemoryInAnyStageTheRunIsGoneOnWithToTheSameEnd(
        run: Int, failpoint: String, message: String
    ) throws {
        try withTemporaryFolder { folder in
            try ResumableRun.prepare(folder)
            let concurrent = failpoint.hasPrefix("evaluation") ? "1" : "16"
            let command =
                ResumableRun.all[run].arguments + [
                    "--set", "rollout.concurrent_completions=\(concurrent)", "--set",
                    "training.memory_check=false", "--set", "threads=1", "--output",
                ]
            let whole = try Program("grpo").run(command + ["whole"], in: folder)
            #expect(whole.status == 0, "\(whole.errors)")
            let ended = try Program("grpo").run(
                command + ["ended"], in: folder, environment: ["GRPO_FAILPOINT": failpoint])
            #expect(ended.status == 1 && ended.errors.contains(message), "\(ended.errors)")
            let resumed = try Program("grpo").run(["resume", "ended"], in: folder)
            #expect(resumed.status == 0, "\(resumed.errors)")
            #expect(try result("ended", in: folder) == result("whole", in: folder))
        }
    }

    /// The message says to lower a setting: that must not be refused, also in the middle of a step.
    @Test func withoutMemoryTheRunIsGoneOnWithInSmallerPasses() throws {
        try withTemporaryFolder { folder in
            try ResumableRun.prepare(folder)
            let run = ResumableRun.all[0]
            let ended = try Program("grpo").run(
                run.arguments + ["--output", "run", "--set", "training.micro_batch_tokens=1"],
                in: folder, environment: ["GRPO_FAILPOINT": "pass:20=memory"])
            #expect(ended.status == 1 && ended.errors.contains("out of memory"), "\(ended.errors)")
            let file = folder.appending(path: "run/configuration.yaml")
            let text = try String(contentsOf: file, encoding: .utf8)
            try Data(
                text.replacing("micro_batch_tokens: 1\n", with: "micro_batch_tokens: 8\n").utf8
            ).write(to: file)
            let resumed = try Program("grpo").run(["resume", "run"], in: folder)
            #expect(resumed.status == 0, "\(resumed.errors)")
            #expect(
                resumed.errors.contains("training.micro_batch_tokens was 1 and is 8"),
                "\(resumed.errors)")
        }
    }
}
