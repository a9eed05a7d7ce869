import Foundation
import TestSupport
import Testing

@testable import GRPO

@Suite struct ConfigurationErrorTests {
    /// The error of the least configuration with more lines, of which the first is line 9.
    private func complaint(adding lines: String) -> String {
        GRPOTests.complaint { _ = try Configuration(yaml: leastYAML + lines, source: "train.yaml") }
    }

    @Test(arguments: [
        (
            "rollout:\n  gruop_size: 4",
            """
            train.yaml:10: rollout.gruop_size: unknown key. Did you mean "group_size"? Known here: \
            prompts_per_step, group_size, max_new_tokens, temperature, top_k, top_p, min_p, filter, \
            reserve, stop, concurrent_completions, ignore_stop.
            """
        ),
        (
            "group_size: 4",
            """
            train.yaml:9: group_size: unknown key. Known here: preset, model, output, seed, device, \
            threads, save_dtype, shard_gigabytes, algorithm, reference, reference_update, lora, \
            data, rewards, rollout, objective, optimizer, training, evaluate.
            """
        ),
        (
            "rollout:\n  group_size: eight",
            "train.yaml:10: rollout.group_size: expected a whole number, found the text \"eight\"."
        ),
        (
            "rollout: {group_size: 8.5}",
            "train.yaml:9: rollout.group_size: expected a whole number, found 8.5."
        ),
        (
            "rollout: {top_k: 010}",
            "train.yaml:9: rollout.top_k: expected a whole number, found 010."
        ),
        (
            "seed: no",
            "train.yaml:9: seed: expected a whole number, found the text \"no\"."
        ),
        (
            "rollout: {temperature: true}",
            "train.yaml:9: rollout.temperature: expected a number, found the text \"true\"."
        ),
        (
            "rollout: {temperature: .inf}",
            "train.yaml:9: rollout.temperature: expected a number, found the text \".inf\"."
        ),
        (
            "rollout: {temperature: [1]}",
            "train.yaml:9: rollout.temperature: expected a number, found a list."
        ),
        (
            "rollout: {stop: x}",
            "train.yaml:9: rollout.stop: expected a list, found the text \"x\"."
        ),
        (
            "rollout: 8",
            "train.yaml:9: rollout: expected a section of keys, found 8."
        ),
        (
            "objective: {advantage: std}",
            """
            train.yaml:9: objective.advantage: expected mean, mean_std, mean_batch_std, \
            leave_one_out, reinforce_plus_plus, reinforce_plus_plus_baseline, gdpo, pass_at_k, \
            maxrl, opo or reward, found the text "std".
            """
        ),
        (
            "optimizer: {schedule: cosin}",
            """
            train.yaml:9: optimizer.schedule: expected constant, linear or cosine, found the text \
            "cosin". Did you mean "cosine"?
            """
        ),
        (
            "device: gpu",
            "train.yaml:9: device: expected auto, cpu, cuda or cuda:N, found the text \"gpu\"."
        ),
        (
            "seed: 1\nseed: 2",
            "train.yaml:9:1: \"seed\" is written more than once in this section. Keep one."
        ),
        (
            "reference: a: b",
            """
            train.yaml:9:13: it is not valid YAML: mapping values are not allowed in this context. \
            Text that holds ": " needs quotes around it.
            """
        ),
        (
            "reference: {a}",
            """
            train.yaml:9: reference: expected text, found a section. Text that begins with "{" or \
            "[" needs quotes around it.
            """
        ),
    ])
    func badTextNamesLineAndKey(lines: String, expected: String) {
        #expect(complaint(adding: lines) == expected)
    }

    @Test(arguments: [
        (
            "rollout:\n  group_size: 1",
            """
            train.yaml:10: rollout.group_size: expected 2 or more, found 1. A group of one has \
            nothing to compare with: its advantage is always 0. Use 2 or more (8 is usual).
            """
        ),
        (
            "rollout: {temperature: 0}",
            """
            train.yaml:9: rollout.temperature: expected more than 0.0, found 0.0. At 0 the \
            completions of a group are all the same, and so is their reward. Use 1 to sample from \
            the policy as it is.
            """
        ),
        (
            "rollout: {top_p: 1.5}",
            """
            train.yaml:9: rollout.top_p: expected more than 0.0 and at most 1.0, found 1.5. 1 keeps \
            every token.
            """
        ),
        (
            "rollout: {stop: [a, \"\"]}",
            """
            train.yaml:9: rollout.stop: expected texts of at least one character, found [a, ""]. An \
            empty text would end every completion before it begins.
            """
        ),
        (
            "objective: {trust_region: {kind: clip, low: -0.1}}",
            "train.yaml:9: objective.trust_region.low: expected 0.0 or more, found -0.1."
        ),
        (
            "optimizer:\n  warmup_steps: 20",
            """
            train.yaml:10: optimizer.warmup_steps: the warm-up of 20 steps is longer than the run of \
            10 (training.steps), so the learning rate would never be reached. Make the warm-up \
            shorter or the run longer.
            """
        ),
        (
            "reference: \"\"",
            "train.yaml:9: reference: expected a path, found \"\"."
        ),
    ])
    func valuesOutOfRangeSayWhy(lines: String, expected: String) {
        #expect(complaint(adding: lines) == expected)
    }

    @Test func allMissingKeysAreNamedAtOnce() {
        #expect(
            GRPOTests.complaint { _ = try Configuration(yaml: "# nothing\n", source: "train.yaml") }
                == "train.yaml: required and missing: model, output, data.train, rewards, "
                + "training.steps. \(add)")
    }

    @Test func evaluationWithoutHeldOutPromptsIsRefused() {
        let yaml = leastYAML + "evaluate: {every: 5}\n"
        #expect(
            GRPOTests.complaint { _ = try Configuration(yaml: yaml, source: "train.yaml") }
                == "train.yaml:9: evaluate.every: evaluation needs held-out prompts, and data.test "
                + "is not set. Set data.test, or evaluate.every to 0.")
    }

    @Test func aBadTemplateNamesItsLine() {
        let yaml = leastYAML.replacing("train: train.jsonl", with: "train: t\n  prompt: question")
        #expect(
            GRPOTests.complaint { _ = try Configuration(yaml: yaml, source: "train.yaml") }
                == "train.yaml:5: data.prompt: the template \"question\" names no field, so it would "
                + "be the same for every row. Write a field's name in braces, for example "
                + "\"{question}\".")
    }

    @Test func aConfigurationMadeInCodeIsCheckedToo() throws {
        var configuration = try Configuration(yaml: leastYAML)
        configuration.rollout.groupSize = 0
        #expect(
            GRPOTests.complaint { try configuration.validate() }.hasPrefix(
                "rollout.group_size: expected 2 or more, found 0."))
    }

    @Test func filesThatCannotBeReadAreNamed() throws {
        try withTemporaryFolder { folder in
            let here = FileManager.default.currentDirectoryPath
            #expect(
                GRPOTests.complaint { _ = try Configuration.read(file: "absent.yaml") }
                    == "absent.yaml: no such file. Paths are relative to \(here).")
            #expect(
                GRPOTests.complaint { _ = try Configuration.read(file: folder.path) }
                    == "\(folder.path): it is a folder; expected a file.")
            let file = folder.appending(path: "latin.yaml")
            try Data([0x61, 0xE9]).write(to: file)
            #expect(
                GRPOTests.complaint { _ = try Configuration.read(file: file.path) }
                    == "\(file.path): it is not UTF-8 text. Save it as UTF-8.")
        }
    }

    @Test func aliasesOfAliasesDoNotFillTheMemory() {
        var yaml = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n"
        for level in 1...12 {
            let alias = "*a\(level - 1)"
            let list = [String](repeating: alias, count: 10).joined(separator: ", ")
            yaml += "a\(level): &a\(level) [\(list)]\n"
        }
        #expect(complaint(adding: yaml).hasSuffix("it has more than 10000 values."))
    }

    @Test(arguments: [
        "[", "{", "- a", "a", "\t", "\0", "a: b: c", "? [x]: y", "--- a\n--- b", "*x",
    ])
    func noTextTraps(yaml: String) {
        #expect(
            GRPOTests.complaint { _ = try Configuration(yaml: yaml, source: "bad.yaml") }
                .hasPrefix("bad.yaml"))
    }
}

private let add = "Add to the file, or give --set key=value."
