import Foundation
import LanguageModels
import Synchronization
import TestSupport
import Testing

@testable import GRPO

/// Runs in this process, ended and gone on with at every place where a run can be ended.
@Suite struct ResumedRunTests {
    /// Counts how often it is asked, and says yes from some time on.
    private final class Countdown: Sendable {
        private let rest: Mutex<Int>
        init(_ count: Int) { rest = Mutex(count) }

        var isOver: Bool {
            rest.withLock { rest in
                rest -= 1
                return rest < 0
            }
        }
    }

    private func configuration(
        _ folder: URL, output: String, _ settings: [String]
    ) throws -> Configuration {
        let path = { (name: String) in folder.appending(path: name).path }
        return try Configuration.read(
            file: nil,
            overrides: [
                "model=\(path("model"))", "output=\(path(output))", "threads=0",
                "data.train=\(path("data.jsonl"))", "data.prompt={q}=", "data.answer={a}",
                "rewards=[{kind: pattern, expression: '[a-m]'}]", "rollout.group_size=4",
                "rollout.prompts_per_step=4", "rollout.max_new_tokens=4", "training.steps=2",
                "optimizer.learning_rate=1e-3", "training.memory_check=false",
                "training.keep_checkpoints=100",
            ] + settings.map { $0.replacing("REWARD", with: path("reward.sh")) })
    }

    private func withData(_ body: (URL) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "swift-grpo-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try ResumableRun.prepare(folder)
        try await body(folder)
    }

    private func contents(_ folder: URL, _ run: String) throws -> [String] {
        let place = folder.appending(path: run)
        let weights = try ["model", "adapter_model"].compactMap { name in
            let file = place.appending(path: "model/\(name).safetensors")
            guard FileManager.default.fileExists(atPath: file.path) else { return String?.none }
            return try Data(contentsOf: file).base64EncodedString()
        }
        return [
            try #require(weights.first),
            KillExperiment.withoutTimes(
                try Data(contentsOf: place.appending(path: "metrics.jsonl"))),
            try String(contentsOf: place.appending(path: "completions.jsonl"), encoding: .utf8),
        ]
    }

    /// Runs until it has asked so often whether to end; `nil` where it came to its own end before.
    private func endedEarly(_ run: TrainingRun, after questions: Int) async throws -> String? {
        let countdown = Countdown(questions)
        let outcome = try await run.run(stop: StopRequest { countdown.isOver })
        guard case .interrupted(let checkpoint) = outcome else { return nil }
        return checkpoint.lastPathComponent
    }

    @Test(arguments: [
        ["objective.passes=2", "objective.mini_batches=2", "objective.kl.coefficient=0.1"],
        ["algorithm=ppo", "objective.passes=3"],
        ["objective.passes=2", "objective.mini_batches=2", "lora.rank=4", "lora.dropout=0.1"],
        ["algorithm=ppo", "objective.passes=2", "lora.rank=4"],
        ["objective.passes=2", "rewards=[{kind: program, name: judge, command: [sh, REWARD]}]"],
    ])
    func aRunEndedAtEveryOptimizerStepIsTheSame(settings: [String]) async throws {
        try await withData { folder in
            try await TrainingRun(configuration(folder, output: "whole", settings)).run()
            let output = folder.appending(path: "stopped")
            // Each goes a question further than the one before: sampling begins anew, what has been
            // sampled is kept.
            var places: [String] = []
            var place = try await endedEarly(
                TrainingRun(configuration(folder, output: "stopped", settings)), after: 1)
            while let checkpoint = place {
                places.append(checkpoint)
                try #require(places.count < 40)
                place = try await endedEarly(
                    TrainingRun(resuming: output), after: places.count + 1)
            }
            #expect(places.contains { $0.hasPrefix("step-2-update-") }, "\(places)")
            #expect(try contents(folder, "stopped") == contents(folder, "whole"), "\(places)")
        }
    }

    @Test func nothingIsLoggedOfAStepThatIsNotDone() async throws {
        try await withData { folder in
            // The first checkpoint within the update.
            var outcome = RunOutcome.finished(model: folder)
            for questions in 1... {
                try? FileManager.default.removeItem(at: folder.appending(path: "run"))
                let countdown = Countdown(questions)
                let run = try TrainingRun(
                    configuration(folder, output: "run", ["objective.passes=2"]))
                outcome = try await run.run(stop: StopRequest { countdown.isOver })
                guard case .interrupted(let place) = outcome, place.lastPathComponent == "step-0"
                else { break }
            }
            guard case .interrupted(let checkpoint) = outcome else {
                Issue.record("it was not ended")
                return
            }
            #expect(checkpoint.lastPathComponent == "step-1-update-0")
            for name in ["metrics.jsonl", "completions.jsonl"] {
                #expect(try Data(contentsOf: folder.appending(path: "run/\(name)")).isEmpty)
            }
            #expect(
                !FileManager.default.fileExists(atPath: folder.appending(path: "run/model").path))
            // The checkpoint has a model that can be used.
            _ = try LanguageModel(folder: outcome.model)
        }
    }

    @Test func aForkBeginsBehindItsParentsStepUnderOtherSettings() async throws {
        try await withData { folder in
            let settings = ["training.checkpoint_every=1", "objective.kl.coefficient=0.1"]
            let parent = folder.appending(path: "parent")
            try await TrainingRun(configuration(folder, output: "parent", settings)).run()
            let fork = folder.appending(path: "fork")
            let run = try TrainingRun(
                forking: parent, at: 1,
                overrides: ["training.steps=3", "objective.kl.coefficient=0.5"], output: fork)
            #expect(run.completedSteps == 1 && run.totalSteps == 3)
            try await run.run()
            let steps = try String(
                contentsOf: fork.appending(path: "metrics.jsonl"), encoding: .utf8
            ).split(separator: "\n").map { $0.prefix(9) }
            #expect(steps == ["{\"step\":2", "{\"step\":3"])
            let metrics = try String(
                contentsOf: fork.appending(path: "metrics.jsonl"), encoding: .utf8)
            #expect(metrics.contains("\"kl_coef\":0.5") && !metrics.contains("\"kl_coef\":0.1"))
            let record = try String(
                contentsOf: fork.appending(path: "parent.json"), encoding: .utf8)
            #expect(record.contains("\"step\":1") && record.contains("/parent"))
            #expect(
                FileManager.default.fileExists(
                    atPath: fork.appending(path: "checkpoints/step-3/manifest.json").path))
        }
    }

    @Test func aForkUnderTheSameSettingsIsItsParent() async throws {
        try await withData { folder in
            let settings = ["training.checkpoint_every=1"]
            try await TrainingRun(configuration(folder, output: "parent", settings)).run()
            try await TrainingRun(
                forking: folder.appending(path: "parent"), at: 1,
                output: folder.appending(path: "fork")
            ).run()
            let weights = try ["parent", "fork"].map {
                try Data(contentsOf: folder.appending(path: "\($0)/model/model.safetensors"))
            }
            #expect(weights[0] == weights[1])
        }
    }

    @Test func aForkThatCannotBeIsRefused() async throws {
        try await withData { folder in
            let settings = ["training.checkpoint_every=1"]
            try await TrainingRun(configuration(folder, output: "parent", settings)).run()
            let (parent, output) = (
                folder.appending(path: "parent"), folder.appending(path: "fork")
            )
            let missing = #expect(throws: RunError.self) {
                try TrainingRun(forking: parent, at: 7, output: output)
            }
            #expect(missing?.reason.contains("there are those of 1, 2") == true)
            #expect(throws: (any Error).self) {
                try TrainingRun(
                    forking: parent, at: 1, overrides: ["algorithm=ppo"], output: output)
            }
            #expect(!FileManager.default.fileExists(atPath: output.path))
        }
    }

    @Test func whatHasChangedIsRefusedAndNamed() async throws {
        try await withData { folder in
            let run = folder.appending(path: "run")
            let countdown = Countdown(3)
            let settings = ["objective.passes=1", "training.checkpoint_every=1"]
            let outcome = try await TrainingRun(configuration(folder, output: "run", settings))
                .run(stop: StopRequest { countdown.isOver })
            #expect(outcome != .finished(model: run.appending(path: "model")))
            func change(_ path: String, _ body: (String) -> String, found: String) throws {
                let file = folder.appending(path: path)
                let before = try String(contentsOf: file, encoding: .utf8)
                try Data(body(before).utf8).write(to: file)
                let error = #expect(throws: RunError.self) { try TrainingRun(resuming: run) }
                #expect(error?.reason.contains(found) == true, "\(String(describing: error))")
                #expect(error?.reason.contains("--force") == true)
                try Data(before.utf8).write(to: file)
            }
            try change("data.jsonl", { $0.replacing("1+1", with: "1+2") }, found: "data.train")
            try change("model/config.json", { $0 + " " }, found: "model/config.json")
            try change(
                "run/configuration.yaml", { $0.replacing("passes: 1", with: "passes: 2") },
                found: "objective.passes was 1 and is 2")
            // What does not change what is learned is free.
            let file = run.appending(path: "configuration.yaml")
            let text = try String(contentsOf: file, encoding: .utf8)
            try Data(text.replacing("keep_checkpoints: 100", with: "keep_checkpoints: 3").utf8)
                .write(to: file)
            // What a process left that was killed as it replaced the best model is taken back.
            let best = run.appending(path: "best")
            try FileManager.default.createDirectory(
                at: best.appendingPathExtension("old"), withIntermediateDirectories: true)
            _ = try TrainingRun(resuming: run)
            #expect(FileManager.default.fileExists(atPath: best.path))
        }
    }

    /// A program's code is as much a part of the objective as its name.
    @Test(arguments: ["[/bin/sh, SCRIPT, 1]", "/bin/sh 'SCRIPT' 1 >/dev/null"])
    func aRewardProgramThatHasChangedIsNoticed(command: String) async throws {
        try await withData { folder in
            let script = folder.appending(path: "reward.sh")
            try Data("echo 1".utf8).write(to: script)
            let text = command.replacing("SCRIPT", with: script.path)
            let configuration = try configuration(
                folder, output: "run", ["rewards=[{kind: program, command: \(text)}]"])
            let before = try RunInputs(configuration)
            #expect(before.changes(since: before.checksums) == [])
            try Data("echo 2".utf8).write(to: script)
            #expect(
                try RunInputs(configuration).changes(since: before.checksums)
                    == ["rewards.0: \(script.path) has another content"])
        }
    }

    @Test func aChangedObjectiveIsGoneOnWithByForceAndSaidAloud() async throws {
        try await withData { folder in
            let run = folder.appending(path: "run")
            let settings = ["training.checkpoint_every=1", "training.steps=3"]
            try await TrainingRun(configuration(folder, output: "run", settings)).run()
            try FileManager.default.removeItem(at: run.appending(path: "model"))
            let last = run.appending(path: "checkpoints/step-3")
            try FileManager.default.removeItem(at: last)
            let file = run.appending(path: "configuration.yaml")
            let text = try String(contentsOf: file, encoding: .utf8)
            try Data(text.replacing("passes: 1", with: "passes: 2").utf8).write(to: file)
            #expect(throws: RunError.self) { try TrainingRun(resuming: run) }
            var warnings: [String] = []
            let outcome = try await TrainingRun(resuming: run, isForced: true).run(
                report: { event in
                    if case .warning(let text) = event { warnings.append(text) }
                })
            #expect(outcome == .finished(model: run.appending(path: "model")))
            #expect(
                warnings.contains("going on although objective.passes was 1 and is 2."),
                "\(warnings)")
        }
    }

    /// A chat template may write the day into prompts: that is the day on which the run began.
    @Test func theDayOfARunIsThatOnWhichItBegan() async throws {
        try await withData { folder in
            let run = folder.appending(path: "run")
            let given = try configuration(
                folder, output: "run", ["data.chat.date=2024-02-29", "training.checkpoint_every=1"])
            #expect(given.data.chat.dated().date == "2024-02-29")
            let today = try configuration(folder, output: "other", [])
            #expect(today.data.chat.dated().date != nil)
            try await TrainingRun(given).run()
            try FileManager.default.removeItem(at: run.appending(path: "model"))
            #expect(try TrainingRun(resuming: run).configuration.data.chat.date == "2024-02-29")
        }
    }
}
