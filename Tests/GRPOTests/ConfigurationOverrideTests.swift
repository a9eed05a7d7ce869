import Foundation
import TestSupport
import Testing

@testable import GRPO

@Suite struct ConfigurationOverrideTests {
    private func read(_ overrides: [String]) throws -> Configuration {
        try withFile { try Configuration.read(file: $0, overrides: overrides) }
    }

    private func withFile<Result>(_ body: (String) throws -> Result) throws -> Result {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "train.yaml")
            try leastYAML.write(to: file, atomically: true, encoding: .utf8)
            return try body(file.path)
        }
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
            prompts_per_step, group_size, max_new_tokens, temperature, top_k, top_p, min_p, filter, \
            reserve, stop, concurrent_completions, ignore_stop.
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
