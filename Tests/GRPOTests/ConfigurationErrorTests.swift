import Foundation
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
            prompts_per_step, group_size, max_new_tokens, temperature, top_k, top_p, min_p, stop.
            """
        ),
        (
            "group_size: 4",
            """
            train.yaml:9: group_size: unknown key. Known here: model, output, seed, device, threads, \
            reference, data, rewards, rollout, objective, optimizer, training.
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
            "train.yaml:9: objective.advantage: expected mean or mean_std, found the text \"std\"."
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
            "objective: {clip_low: -0.1}",
            "train.yaml:9: objective.clip_low: expected 0.0 to 1.0, found -0.1."
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

    @Test(arguments: [
        (
            "[]",
            """
            train.yaml:2: rewards: expected at least one reward, found []. Without a reward there is \
            nothing to learn from; add, for example, {kind: exact}.
            """
        ),
        ("[{weight: 2}]", "train.yaml:2: rewards.0: required and missing: kind (\(kinds)). \(add)"),
        (
            "[{kind: numbr}]",
            """
            train.yaml:2: rewards.0.kind: expected \(kinds), found the text "numbr". Did you mean \
            "number"?
            """
        ),
        (
            "[{kind: exact, tolerance: 1}]",
            """
            train.yaml:2: rewards.0.tolerance: unknown key. Known here: kind, name, weight, extract, \
            ignore_case.
            """
        ),
        (
            "[{kind: pattern}]",
            "train.yaml: required and missing: rewards.0.expression. \(add)"
        ),
        (
            "[{kind: length}]",
            "train.yaml:2: rewards.0: required and missing: minimum or maximum. \(add)"
        ),
        (
            "[{kind: length, minimum: 5, maximum: 2}]",
            """
            train.yaml:2: rewards.0: minimum 5 is more than maximum 2, so no length is allowed. Swap \
            them.
            """
        ),
        (
            "[{kind: exact}, {kind: exact}]",
            """
            train.yaml:2: rewards.1: two rewards are called "exact", and each is logged by its name. \
            Give one of them another name.
            """
        ),
        (
            "[{kind: exact, weight: 0}]",
            """
            train.yaml:2: rewards: every weight is 0, so no completion is better than another. Give \
            at least one reward another weight (1 is usual).
            """
        ),
        (
            "[{kind: exact, extract: {after: #}}]\n",
            "train.yaml:4:7: it is not valid YAML: did not find expected ',' or '}'."
        ),
        (
            "\n  - kind: exact\n    extract:\n      after: ####\n",
            """
            train.yaml:5: rewards.0.extract.after: expected text, found nothing. Text that begins \
            with "#" needs quotes around it.
            """
        ),
        (
            "[{kind: exact, extract: last}]",
            """
            train.yaml:2: rewards.0.extract: expected whole, last_number, {after: text} or {pattern: \
            expression}, found the text "last".
            """
        ),
    ])
    func badRewardsAreRefused(list: String, expected: String) {
        let yaml =
            "{model: m, output: o, data: {train: t}, training: {steps: 1},\n rewards: \(list)}"
        let block =
            "model: m\nrewards: \(list)\noutput: o\ndata: {train: t}\ntraining: {steps: 1}\n"
        let text = list.contains("\n") ? block : yaml
        #expect(
            GRPOTests.complaint { _ = try Configuration(yaml: text, source: "train.yaml") }
                == expected)
    }

    @Test(arguments: [
        ("{kind: pattern, expression: \"(\"}", "expression", "\"(\""),
        ("{kind: exact, extract: {pattern: \"[\"}}", "extract.pattern", "\"[\""),
    ])
    func expressionsThatDoNotCompileAreRefused(reward: String, key: String, found: String) {
        let yaml = leastYAML.replacing("- kind: exact", with: "- \(reward)")
        #expect(
            GRPOTests.complaint { _ = try Configuration(yaml: yaml, source: "train.yaml") }
                == "train.yaml:6: rewards.0.\(key): expected a regular expression, found \(found). "
                + "Check its brackets and escapes (ICU syntax).")
    }

    @Test func aRewardThatComparesNeedsAnswers() {
        let yaml = leastYAML.replacing("train: train.jsonl", with: "train: t\n  answer: null")
        #expect(
            GRPOTests.complaint { _ = try Configuration(yaml: yaml, source: "train.yaml") }
                == "train.yaml:7: rewards.0: exact compares with the answer, and data.answer is "
                + "null. Set data.answer, or leave the reward out.")
    }

    @Test func allMissingKeysAreNamedAtOnce() {
        #expect(
            GRPOTests.complaint { _ = try Configuration(yaml: "# nothing\n", source: "train.yaml") }
                == "train.yaml: required and missing: model, output, data.train, rewards, "
                + "training.steps. \(add)")
    }

    @Test func evaluationWithoutHeldOutPromptsIsRefused() {
        let yaml = leastYAML.replacing("steps: 10", with: "steps: 10\n  evaluate_every: 5")
        #expect(
            GRPOTests.complaint { _ = try Configuration(yaml: yaml, source: "train.yaml") }
                == "train.yaml:9: training.evaluate_every: evaluation needs held-out prompts, and "
                + "data.test is not set. Set data.test, or training.evaluate_every to 0.")
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

private let kinds = "exact, number, countdown, length or pattern"
private let add = "Add to the file, or give --set key=value."

@Suite struct ConfigurationOverrideTests {
    private func read(_ overrides: [String]) throws -> Configuration {
        try withFile { try Configuration.read(file: $0, overrides: overrides) }
    }

    private func withFile<Result>(_ body: (String) throws -> Result) throws -> Result {
        let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).yaml")
        try leastYAML.write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        return try body(file.path)
    }

    @Test func overridesGoOverTheFileAndTheLastCounts() throws {
        let configuration = try read([
            "training.steps=20", "rewards.0.weight=2", "rollout.stop=[\"\\n\", ab]",
            "data.limit=5", "data.limit=null", "rollout.group_size=4", "rollout.group_size=6",
        ])
        #expect(configuration.training.steps == 20)
        #expect(configuration.rewards[0].weight == 2)
        #expect(configuration.rollout.stop == ["\n", "ab"])
        #expect(configuration.data.limit == nil)
        #expect(configuration.rollout.groupSize == 6)
        #expect(configuration.data.train == "train.jsonl")
    }

    @Test func textNeedsNoQuotesOnTheCommandLine() throws {
        #expect(try read(["data.prompt={q}"]).data.prompt.text == "{q}")
        #expect(try read(["data.prompt=Q: {q} #1"]).data.prompt.text == "Q: {q} #1")
        #expect(try read([#"data.prompt="{q}\n""#]).data.prompt.text == "{q}\n")
        #expect(try read(["model=[odd"]).run.model == "[odd")
        #expect(try read(["output=a=b"]).run.output == "a=b")
    }

    @Test func theCommandLineAloneSuffices() throws {
        let configuration = try Configuration.read(
            file: nil,
            overrides: [
                "model=m", "output=o", "data.train=t", "rewards=[{kind: number}]",
                "training.steps=1",
            ])
        #expect(configuration.rewards == [RewardConfiguration(kind: .number)])
    }

    @Test(arguments: [
        (
            "rollout.gruop_size=4",
            """
            --set: rollout.gruop_size: unknown key. Did you mean "group_size"? Known here: \
            prompts_per_step, group_size, max_new_tokens, temperature, top_k, top_p, min_p, stop.
            """
        ),
        (
            "rollout.group_size=x",
            "--set: rollout.group_size: expected a whole number, found the text \"x\"."
        ),
        (
            "rollout.group_size=1",
            """
            --set: rollout.group_size: expected 2 or more, found 1. A group of one has nothing to \
            compare with: its advantage is always 0. Use 2 or more (8 is usual).
            """
        ),
        (
            "rewards.1.weight=2",
            "--set: rewards.1.weight: the list has no place 1; it has 1, counted from 0."
        ),
        (
            "rollout",
            """
            --set: expected key=value, for example rollout.group_size=8, found "rollout".
            """
        ),
        (
            "rollout..top_k=1",
            """
            --set: expected key=value, for example rollout.group_size=8, found "rollout..top_k=1".
            """
        ),
        ("=1", "--set: expected key=value, for example rollout.group_size=8, found \"=1\"."),
    ])
    func badOverridesSayThatTheyAreOverrides(override: String, expected: String) {
        #expect(complaint { _ = try read([override]) } == expected)
    }

    @Test func aSectionUnderAValueOfTheFileNamesTheFilesLine() throws {
        try withFile { file in
            #expect(
                complaint { _ = try Configuration.read(file: file, overrides: ["model.x=1"]) }
                    == "\(file):1: model: expected a section of keys, found the text \"models/tiny\"."
            )
        }
    }
}
