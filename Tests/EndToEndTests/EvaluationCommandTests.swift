import Foundation
import TestSupport
import Testing

@Suite("Evaluations of the program")
struct EvaluationCommandTests {
    private func withModelsAndData(_ body: (URL) throws -> Void) throws {
        try withTemporaryFolder { folder in
            for (name, seed) in [("a", "0"), ("b", "1")] {
                let made = try Program("grpo").run(
                    ["init", name, "--size", "nano", "--seed", seed], in: folder)
                #expect(made.status == 0, "\(made.errors)")
            }
            let rows = (0..<20).map { "{\"prompt\": \"\($0)=\", \"answer\": \"\($0)\"}\n" }
            try Data(rows.joined().utf8).write(to: folder.appending(path: "data.jsonl"))
            try body(folder)
        }
    }

    private func evaluate(_ models: [String], _ more: [String] = []) -> [String] {
        ["eval"] + models
            + [
                "--data", "data.jsonl", "--max-new-tokens", "4", "--samples", "4", "--reward",
                "{kind: exact, extract: {pattern: '[a-z0-9]'}}", "--majority-at", "3",
            ] + more
    }

    private func object(_ text: String) throws -> [String: Any] {
        let lines = text.split(separator: "\n")
        #expect(lines.count == 1, "\(text)")
        let data = Data((lines.first ?? "").utf8)
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    /// The first sampling finds no memory, then both tries of it.
    @Test func anEvaluationWithoutMemoryGoesOnWithLessOrSaysWhatHelps() throws {
        try withModelsAndData { folder in
            let command = evaluate(["a"], ["--json", "--no-cache"])
            let whole = try Program("grpo").run(command, in: folder)
            let halved = try Program("grpo").run(
                command, in: folder, environment: ["GRPO_FAILPOINT": "evaluation:1=memory"])
            #expect(halved.status == 0 && halved.output == whole.output, "\(halved.errors)")
            #expect(
                halved.errors.contains("out of memory in sampling 20 completions")
                    && halved.errors.contains("Set --concurrent-completions: 10"),
                "\(halved.errors)")
            let ended = try Program("grpo").run(
                command + ["--concurrent-completions", "1"], in: folder,
                environment: ["GRPO_FAILPOINT": "evaluation:1=memory"])
            #expect(ended.status == 2, "\(ended.errors)")
            #expect(ended.errors.contains("Lower --concurrent-completions"), "\(ended.errors)")
        }
    }

    @Test func aModelIsMeasuredOnceAndDamageIsSaidAloud() throws {
        try withModelsAndData { folder in
            let first = try Program("grpo").run(evaluate(["a"], ["--json"]), in: folder)
            #expect(first.status == 0, "\(first.errors)")
            for name in ["accuracy/greedy", "majority@3", "completions/mean_length/sampled"] {
                #expect(try object(first.output)["eval_\(name)/upper"] is NSNumber, "\(name)")
            }
            let entries = folder.appending(path: "cache/swift-grpo/eval")
            let names = try FileManager.default.contentsOfDirectory(atPath: entries.path)
            #expect(names.count == 1 && names[0].hasSuffix(".json"))
            let again = try Program("grpo").run(evaluate(["a"]), in: folder)
            #expect(again.output.contains("measured before"))
            let other = try Program("grpo").run(evaluate(["a"], ["--pass-at", "2"]), in: folder)
            #expect(other.output.contains("measured before") && other.output.contains("pass@2"))
            let place = entries.appending(path: names[0])
            try Data(try Data(contentsOf: place).dropLast()).write(to: place)
            let damaged = try Program("grpo").run(evaluate(["a"], ["--json"]), in: folder)
            #expect(damaged.status == 0 && damaged.errors.contains("is damaged"))
            #expect(damaged.output == first.output)
            let fresh = try Program("grpo").run(
                evaluate(["a"], ["--no-cache", "--json"]), in: folder)
            #expect(fresh.output == first.output && fresh.errors.isEmpty)
        }
    }

    @Test func twoModelsAreComparedPromptByPrompt() throws {
        try withModelsAndData { folder in
            let same = try Program("grpo").run(evaluate(["a", "a"]), in: folder)
            #expect(same.status == 0, "\(same.errors)")
            #expect(same.output.contains("They differ on none of these 20 prompts."))
            let outcome = try Program("grpo").run(evaluate(["a", "b"], ["--json"]), in: folder)
            let numbers = try object(outcome.output)
            let (a, b) = (numbers["a_accuracy/sampled"], numbers["b_accuracy/sampled"])
            let difference = try #require(numbers["difference_accuracy/sampled"] as? Double)
            let expected = try #require(b as? Double) - (try #require(a as? Double))
            #expect(abs(difference - expected) < 1e-12)
            #expect(numbers["difference_accuracy/sampled/p_value"] is NSNumber)
        }
    }

    /// What a program says cannot be known from its settings.
    @Test func programsAreNotCachedUnlessAsked() throws {
        try withModelsAndData { folder in
            let script =
                "while read -r l; do id=${l#*:}; echo \"{\\\"id\\\":${id%%,*},"
                + "\\\"reward\\\":1}\"; done"
            let reward = "{kind: program, name: judge, command: [sh, -c, '\(script)']}"
            let words = [
                "eval", "a", "--data", "data.jsonl", "--max-new-tokens", "2", "--reward", reward,
            ]
            let outcome = try Program("grpo").run(words, in: folder)
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.output.contains("Not cached: what judge will say"))
            let entries = folder.appending(path: "cache/swift-grpo/eval").path
            #expect(!FileManager.default.fileExists(atPath: entries))
            _ = try Program("grpo").run(words + ["--cache"], in: folder)
            #expect(try FileManager.default.contentsOfDirectory(atPath: entries).count == 1)
            let vote = try Program("grpo").run(words + ["--majority-at", "1"], in: folder)
            #expect(vote.status == 2 && vote.errors.contains("a vote needs answers"))
        }
    }

    @Test func aRunKeepsTheModelWithTheBestEvaluation() throws {
        try withModelsAndData { folder in
            let outcome = try Program("grpo").run(
                [
                    "train", "--model", "a", "--train", "data.jsonl", "--test", "data.jsonl",
                    "--output", "run", "--reward", "{kind: pattern, expression: '^[a-m]'}",
                    "--steps", "5", "--group-size", "4", "--prompts-per-step", "2",
                    "--max-new-tokens", "3", "--learning-rate", "1e-2", "--set",
                    "evaluate={every: 2, samples: 2, pass_at: [2], limit: 10, "
                        + "best: accuracy/sampled}",
                ], in: folder)
            #expect(outcome.status == 0, "\(outcome.errors)")
            let lines = try String(
                contentsOf: folder.appending(path: "run/metrics.jsonl"), encoding: .utf8
            ).split(separator: "\n").map { try object(String($0)) }
            let evaluations = lines.compactMap { line in
                (line["eval_accuracy/sampled"] as? Double).map { (line["step"] as? Int, $0) }
            }
            #expect(evaluations.map(\.0) == [2, 4, 5], "the last step has one too")
            let best = try object(
                try String(contentsOf: folder.appending(path: "run/best.json"), encoding: .utf8))
            let most = try #require(evaluations.map(\.1).max())
            #expect(best["value"] as? Double == most)
            #expect(best["step"] as? Int == evaluations.first { $0.1 == most }?.0)
            let left = try FileManager.default.contentsOfDirectory(
                atPath: folder.appending(path: "run").path)
            #expect(left.contains("best") && !left.contains { $0.hasPrefix("best.n") })
            // The kept model is the one that was measured.
            let again = try Program("grpo").run(
                [
                    "eval", "run/best", "--data", "data.jsonl", "--max-new-tokens", "3",
                    "--samples", "2", "--limit", "10", "--json", "--reward",
                    "{kind: pattern, expression: '^[a-m]'}",
                ], in: folder)
            #expect(try object(again.output)["eval_accuracy/sampled"] as? Double == most)
        }
    }

    @Test func lintSaysWhatToChangeAndWritesNothing() throws {
        try withModelsAndData { folder in
            let before = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            let words = [
                "lint", "--model", "a", "--train", "data.jsonl", "--steps", "1", "--prompts", "4",
                "--set", "rollout.max_new_tokens=6", "--set", "rollout.group_size=4",
            ]
            let bad = try Program("grpo").run(words + ["--reward", "number"], in: folder)
            #expect(bad.status == 1, "\(bad.errors)")
            #expect(bad.output.contains("error:   0 of 4 groups tell"), "\(bad.output)")
            let good = try Program("grpo").run(
                words + ["--json", "--reward", "{kind: pattern, expression: '[a-m]'}"], in: folder)
            #expect(good.status == 0, "\(good.errors)")
            #expect(try object(good.output)["pointless"] as? Bool == false)
            let after = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            #expect(Set(before) == Set(after))
        }
    }
}
