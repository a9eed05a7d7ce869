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

    /// The run waits for a reader that never comes, and so would whoever warns of the first signal.
    @Test func theSecondSignalEndsARunWhoseOutputNobodyReads() throws {
        try withData { folder in
            let unread = try FullPipe()
            let process = Process()
            process.executableURL = Program("grpo").file
            process.arguments =
                ResumableRun.supervised.longer(steps: 9_000).arguments.filter { $0 != "--quiet" }
                + ["--output", "run"]
            process.currentDirectoryURL = folder
            process.standardInput = FileHandle.nullDevice
            (process.standardOutput, process.standardError) = (unread.writing, unread.writing)
            try process.run()
            defer { kill(process.processIdentifier, SIGKILL) }
            let metrics = folder.appending(path: "run/metrics.jsonl")
            for _ in 0..<400 where !FileManager.default.fileExists(atPath: metrics.path) {
                usleep(50_000)
            }
            for _ in 0..<2 {
                usleep(300_000)
                process.terminate()
            }
            for _ in 0..<100 where process.isRunning { usleep(50_000) }
            try #require(!process.isRunning, "it did not end")
            #expect(process.terminationStatus == 143)
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

    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/proc/self/status")))
    func aCheckpointAskedForWhileTheRunLoadsIsMade() throws {
        try withData { folder in
            let arguments =
                ResumableRun.supervised.arguments + ["--output", "run", "--checkpoint-every", "0"]
            let outcome = try Program("grpo").run(arguments, in: folder) { process in
                waitUntilSignalsAreWatched(process)
                kill(process.processIdentifier, SIGUSR1)
            }
            #expect(outcome.status == 0, "\(outcome.errors)")
            let names = try FileManager.default.contentsOfDirectory(
                atPath: folder.appending(path: "run/checkpoints").path)
            #expect(names.count == 1, "\(names)")
        }
    }

    /// Before the first step there is nothing to save; what there is by then is no part of a run.
    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/proc/self/status")))
    func aRunEndedWhileItLoadsLeavesNothingHalfMade() throws {
        try withData { folder in
            let outcome = try Program("grpo").run(
                ResumableRun.supervised.longer(steps: 2_000).arguments + ["--output", "run"],
                in: folder
            ) { process in
                waitUntilSignalsAreWatched(process)
                kill(process.processIdentifier, SIGTERM)
            }
            #expect(outcome.status == 143, "\(outcome.errors)")
            #expect(!outcome.errors.contains("nothing was written"), "\(outcome.errors)")
            let run = folder.appending(path: "run").path
            let left = (try? FileManager.default.subpathsOfDirectory(atPath: run)) ?? []
            #expect(left.isEmpty || left.contains("configuration.yaml"), "\(left)")
            #expect(!left.contains { $0.contains("partial") }, "\(left)")
        }
    }

    /// Until the process catches SIGTERM: the system says which signals those are.
    private func waitUntilSignalsAreWatched(_ process: Process) {
        let file = "/proc/\(process.processIdentifier)/status"
        for _ in 0..<20_000 {
            let text = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
            let line = text.split(separator: "\n").first { $0.hasPrefix("SigCgt:") } ?? ""
            let mask = UInt64(line.dropFirst(8), radix: 16) ?? 0
            if mask & 1 << UInt64(SIGTERM - 1) != 0 { return }
            usleep(500)
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

    @Test func aForkThatWasKilledAsItBeganIsForkedAgain() throws {
        try withData { folder in
            let grpo = Program("grpo")
            let run = ResumableRun.supervised
            let whole = try grpo.run(
                run.arguments + ["--output", "parent", "--set", "training.keep_checkpoints=9"],
                in: folder)
            #expect(whole.status == 0, "\(whole.errors)")
            let fork = ["fork", "parent", "--at", "3", "--output", "fork"]
            let files = { try FileManager.default.contentsOfDirectory(atPath: $0) }
            let place = folder.appending(path: "fork").path
            for name in ["fork.parent.write.after", "run.configuration.rename.before"] {
                let killed = try grpo.run(
                    fork, in: folder, environment: ["GRPO_FAILPOINT": "\(name)=kill"])
                #expect(killed.status == SIGKILL)
                let left = try files(place)
                #expect(left.contains("parent.json") && !left.contains("configuration.yaml"))
            }
            // A model that has changed meanwhile is said aloud.
            let file = folder.appending(path: "model/config.json")
            try (Data(contentsOf: file) + Data(" ".utf8)).write(to: file)
            let forked = try grpo.run(fork + ["--set", "training.steps=4"], in: folder)
            #expect(forked.status == 0, "\(forked.errors)")
            #expect(
                forked.errors.contains(
                    "model/config.json has another content. The fork begins with what is there"),
                "\(forked.errors)")
            let metrics = try String(
                contentsOf: folder.appending(path: "fork/metrics.jsonl"), encoding: .utf8)
            #expect(metrics.split(separator: "\n").map { $0.prefix(9) } == ["{\"step\":4"])
        }
    }

    /// Nothing half done is left, and the message names the file.
    @Test(arguments: ["replace.next.before", "checkpoint.remove.before"])
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

/// A pipe that takes no byte more, and that nobody reads.
private struct FullPipe {
    let writing: FileHandle
    private let pipe = Pipe()

    init() throws {
        writing = pipe.fileHandleForWriting
        let number = writing.fileDescriptor
        try #require(fcntl(number, F_SETFL, O_NONBLOCK) == 0)
        let bytes = [UInt8](repeating: 46, count: 4096)
        for size in [4096, 1] {
            while Foundation.write(number, bytes, size) > 0 {}
        }
        try #require(fcntl(number, F_SETFL, 0) == 0)
    }
}
