import Foundation
import LanguageModels
import TestSupport
import Testing

/// Runs of the program that are ended and gone on with.
@Suite("Resumed runs of the program", .serialized)
struct ResumeTests {
    private func withData(_ body: (URL) throws -> Void) throws {
        try withTemporaryFolder { folder in
            try ResumableRun.prepare(folder)
            try body(folder)
        }
    }

    private func waitForLine(_ file: URL) {
        for _ in 0..<1200 {
            if let data = try? Data(contentsOf: file), !data.isEmpty { return }
            usleep(50_000)
        }
    }

    @Test(arguments: Array(zip(ResumableRun.all + [ResumableRun.supervised], 1...)))
    func aKilledRunIsResumedToTheSameFiles(run: ResumableRun, seed: UInt64) throws {
        try withData { folder in
            let experiment = try KillExperiment(run, in: folder)
            let result = try experiment.kill(seed: seed)
            #expect(result.differences.isEmpty, "killed: \(result.kills)")
        }
    }

    @Test(arguments: [(SIGTERM, 143), (SIGINT, 130)] as [(Int32, Int32)])
    func aSignalEndsARunWithACheckpoint(number: Int32, status: Int32) throws {
        try withData { folder in
            let run = ResumableRun.all[0].longer(steps: 20)
            let experiment = try KillExperiment(run, in: folder)
            let ended = try Program("grpo").run(experiment.command("ended"), in: folder) {
                waitForLine(folder.appending(path: "ended/metrics.jsonl"))
                kill($0.processIdentifier, number)
            }
            #expect(ended.status == status, "\(ended.errors)")
            #expect(ended.output.contains("grpo resume ended"), "\(ended.output)")
            let paths = try FileManager.default.subpathsOfDirectory(
                atPath: folder.appending(path: "ended").path)
            #expect(!paths.contains { $0.contains("partial") } && !paths.contains("model"))
            let model = try #require(paths.first { $0.hasSuffix("/model/model.safetensors") })
            _ = try LanguageModel(
                folder: folder.appending(path: "ended/\(model)").deletingLastPathComponent())
            let resumed = try Program("grpo").run(["resume", "ended"], in: folder)
            #expect(resumed.status == 0, "\(resumed.errors)")
            #expect(resumed.output.contains("going on from"), "\(resumed.output)")
            let differences = try experiment.differences("ended")
            #expect(differences.isEmpty)
        }
    }

    @Test func aCheckpointIsMadeOnRequestAndTheRunGoesOn() throws {
        try withData { folder in
            let arguments =
                ResumableRun.supervised.arguments + [
                    "--output", "run", "--steps", "300", "--checkpoint-every", "0",
                ]
            let outcome = try Program("grpo").run(arguments, in: folder) {
                waitForLine(folder.appending(path: "run/metrics.jsonl"))
                kill($0.processIdentifier, SIGUSR1)
            }
            #expect(outcome.status == 0, "\(outcome.errors)")
            let names = try FileManager.default.contentsOfDirectory(
                atPath: folder.appending(path: "run/checkpoints").path)
            #expect(names.count == 1, "\(names)")
            let again = try Program("grpo").run(["resume", "run"], in: folder)
            #expect(again.status == 2 && again.errors.contains("finished"), "\(again.errors)")
        }
    }

    /// What ends the run is the error; the state it had then is saved after all.
    @Test(arguments: [("stop", ["step-2", "step-3"]), ("continue", ["step-5", "step-6"])])
    func anErrorWhileACheckpointIsWrittenLeavesTheOneBefore(
        policy: String, left: [String]
    ) throws {
        try withData { folder in
            let run = ResumableRun.supervised
            let outcome = try Program("grpo").run(
                run.arguments + [
                    "--output", "run", "--set", "training.on_save_failure=\(policy)",
                ], in: folder,
                environment: ["GRPO_FAILPOINT": "checkpoint.manifest.sync.before:3=error"])
            #expect((outcome.status == 0) == (policy == "continue"), "\(outcome.errors)")
            #expect(outcome.errors.contains("cannot be written"), "\(outcome.errors)")
            let names = try FileManager.default.contentsOfDirectory(
                atPath: folder.appending(path: "run/checkpoints").path)
            #expect(names.sorted() == left)
        }
    }

    /// Nothing half done is left, and the message names the file.
    @Test(arguments: ["best.rename.before", "checkpoint.remove.before"])
    func anErrorWhileFilesAreReplacedLeavesThoseBefore(name: String) throws {
        try withData { folder in
            let experiment = try KillExperiment(ResumableRun.all[0], in: folder)
            let place = try #require(experiment.places.lastIndex(of: name))
            #expect(try experiment.fail(at: place) == [])
        }
    }

    @Test func commandsWithoutARunSayWhatIsMissing() throws {
        try withTemporaryFolder { folder in
            for arguments in [["resume", "none"], ["fork", "none", "--at", "1", "--output", "x"]] {
                let outcome = try Program("grpo").run(arguments, in: folder)
                #expect(outcome.status == 2)
                #expect(outcome.errors.contains("none"), "\(outcome.errors)")
            }
        }
    }
}
