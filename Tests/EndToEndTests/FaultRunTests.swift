import Foundation
import LanguageModels
import TestSupport
import Testing
import Torch

/// Faults of the world around a run: no memory, no disk, signals, weights that are not finite.
@Suite struct FaultRunTests {
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
    /// traps.
    @Test func withoutMemoryARunEndsWithAMessageOrGoesOnWithLess() throws {
        try withData { folder in
            try writeLongPrompts(480, folder)
            for megabytes in [600, 640, 700] {
                try? FileManager.default.removeItem(at: folder.appending(path: "run"))
                let outcome = try run(
                    train(1, to: "run", microBatchTokens: 4096), limit: "-v \(megabytes * 1024)",
                    in: folder)
                let isTold = outcome.errors.contains("out of memory")
                #expect(
                    outcome.status == 0 || outcome.status == 1 && isTold, "\(outcome.errors)")
            }
        }
    }
}
