import Foundation
import LanguageModels
import TestSupport
import Testing

@testable import GRPO

/// What a look at a run before it begins finds.
@Suite struct LintTests {
    /// A report on a random model of two files of prompts.
    private func report(
        rewards: [String], train: [(String, String)] = (0..<8).map { ("\($0)=", "\($0)") },
        test: [String]? = nil, _ change: (inout Configuration) -> Void = { _ in }
    ) async throws -> LintReport {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "swift-grpo-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let model = folder.appending(path: "model")
        try LanguageModel(random: DecoderConfiguration(.nano), seed: 0).save(to: model)
        let row = { (prompt: String, answer: String) in
            "{\"prompt\": \"\(prompt)\", \"answer\": \"\(answer)\"}\n"
        }
        let data = folder.appending(path: "train.jsonl")
        try Data(train.map(row).joined().utf8).write(to: data)
        let output = folder.appending(path: "run")
        var configuration = Configuration(
            run: Configuration.Run(model: model.path, output: output.path),
            data: Configuration.Data(train: data.path),
            rewards: try RewardConfiguration.list(rewards),
            training: Configuration.Training(steps: 1))
        if let test {
            let file = folder.appending(path: "test.jsonl")
            try Data(test.map { row($0, "1") }.joined().utf8).write(to: file)
            configuration.data.test = file.path
        }
        (configuration.rollout.groupSize, configuration.rollout.maxNewTokens) = (4, 6)
        change(&configuration)
        let before = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        let report = await (try Lint(configuration)).report(prompts: 4)
        let after = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(Set(before) == Set(after), "nothing is written")
        return report
    }

    private func program(_ script: String, _ more: String = "") -> String {
        "{kind: program, name: judge, workers: 1\(more), command: [sh, -c, '\(script)']}"
    }

    /// `$n` counts the lines; the answer's id is `$id`.
    private func answering(_ reward: String) -> String {
        "while read -r l; do id=${l#*:}; id=${id%%,*}; n=$((n + 1)); "
            + "echo \"{\\\"id\\\":$id,\\\"reward\\\":\(reward)}\"; done"
    }

    @Test func aRewardThatTellsCompletionsApartIsFine() async throws {
        let report = try await report(rewards: ["{kind: pattern, expression: '[a-m]'}"])
        #expect(report.groups == 4 && report.completions == 16)
        #expect(report.groupsWithSignal > 0 && !report.isPointless)
        let line = try #require(report.rewards.first)
        #expect(line.mean > 0 && line.mean < 1 && line.deviation > 0)
        #expect(line.differing == 0 && line.unread == nil && line.failed == 0)
    }

    @Test func aModelThatNeverSolvesLearnsNothing() async throws {
        let report = try await report(rewards: ["{kind: number, extract: boxed}"])
        #expect(report.isPointless && report.groupsWithSignal == 0)
        let first = try #require(report.findings.first { $0.severity == .pointless })
        #expect(first.text.contains("0 of 4 groups") && first.text.contains("grpo sft"))
        let line = try #require(report.rewards.first)
        #expect(line.unread == 16 && line.unreadExamples.count == 3)
        #expect(report.findings.contains { $0.text.contains("Change its extract") })
        // A random model does not end by itself.
        #expect(report.truncated > 8)
        #expect(report.findings.contains { $0.text.contains("rollout.max_new_tokens") })
    }

    @Test func aRewardThatChangesItsMindIsNamed() async throws {
        let report = try await report(rewards: [program(answering("$n"))])
        let line = try #require(report.rewards.first)
        #expect(line.differing == 16)
        #expect(line.difference?.contains(", then ") == true)
        #expect(report.findings.contains { $0.text.hasPrefix("judge gave 16 of 16") })
        #expect(!report.isPointless)
    }

    @Test func rewardsThatFailAreCountedWhateverTheirPolicy() async throws {
        let failing = program(answering("null"), ", on_failure: fail")
            .replacing("\\\"reward\\\":null", with: "\\\"error\\\":\\\"no tests\\\"")
        let report = try await report(rewards: ["{kind: length, maximum: 3}", failing])
        #expect(report.failed == 16 && report.rewards.map(\.failed) == [0, 16])
        #expect(report.isPointless)
        #expect(report.findings.contains { $0.text.contains("no tests") })
    }

    @Test func promptsThatDoNotFitAndCopiesAreFoundByLine() async throws {
        let train = [
            ("1=", "1"), (String(repeating: "1", count: 2000), "1"), ("2=", "2"), ("2=", "2"),
        ]
        let report = try await report(
            rewards: ["{kind: pattern, expression: '[a-m]'}"], train: train, test: ["2=", "3="])
        #expect(report.data.tooLong == [2])
        #expect(report.data.repeated == 1)
        #expect(report.data.shared == 2 && report.data.firstShared == 3)
        #expect(report.isPointless)
        #expect(report.findings.contains { $0.text.contains("the first in line 2") })
        #expect(report.findings.contains { $0.text.contains("would measure memory") })
        #expect(report.json.contains("\"data/shared_with_test\":2"))
    }

    @Test func rowsThatCannotBeScoredAreToldInsteadOfSampledFor() async throws {
        let report = try await report(rewards: ["number"], train: [("1=", "one"), ("2=", "2")])
        #expect(report.isPointless && report.completions == 0)
        #expect(report.findings.first?.text.contains("train.jsonl:1: reward number") == true)
    }

    @Test func equalCompletionsAskForAHigherTemperature() async throws {
        let report = try await report(rewards: ["number"]) { $0.rollout.temperature = 1e-4 }
        #expect(report.identicalGroups == 4)
        #expect(report.findings.contains { $0.text.contains("Raise rollout.temperature") })
    }

    @Test func aRewardWithoutEffectIsNamed() async throws {
        let report = try await report(
            rewards: ["{kind: pattern, expression: '[a-m]'}", "{kind: length, maximum: 100}"])
        #expect(report.findings.contains { $0.text.hasPrefix("length is the same for all") })
        #expect(!report.isPointless)
    }
}
