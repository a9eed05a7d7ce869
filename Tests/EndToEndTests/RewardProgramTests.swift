import Foundation
import TestSupport
import Testing

/// Runs whose reward is a program.
@Suite struct RewardProgramTests {
    /// A run of a reward script; its folder's name is in the command line of the script.
    private func run(
        _ script: String, _ more: [String] = [], steps: Int = 2,
        whileRunning: (URL, Process) throws -> Void = { _, _ in },
        check: (URL, Program.Outcome) throws -> Void
    ) throws {
        try withTemporaryFolder { folder in
            _ = try Program("grpo").run(["init", "model", "--size", "nano"], in: folder)
            let rows = (0..<8).map { "{\"prompt\": \"\($0)+1=\", \"answer\": \"\($0 + 1)\"}\n" }
            try Data(rows.joined().utf8).write(to: folder.appending(path: "data.jsonl"))
            let file = folder.appending(path: "reward.sh")
            try Data(script.utf8).write(to: file)
            let outcome = try Program("grpo").run(
                [
                    "train", "--model", "model", "--train", "data.jsonl", "--output", "run",
                    "--reward", "{kind: program, name: judge, command: [sh, \"\(file.path)\"]}",
                    "--steps", "\(steps)", "--group-size", "2", "--prompts-per-step", "2",
                    "--max-new-tokens", "4", "--learning-rate", "1e-4",
                ] + more, in: folder
            ) { try whileRunning(folder, $0) }
            try check(folder, outcome)
            #expect(Self.processes(of: folder) == [])
        }
    }

    /// The command lines of what is still running in a folder.
    private static func processes(of folder: URL) -> [String] {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return all.filter { Int($0) != nil }.compactMap { process in
            let data = try? Data(contentsOf: URL(filePath: "/proc/\(process)/cmdline"))
            let line = String(decoding: data ?? Data(), as: UTF8.self)
            return line.contains("\(folder.lastPathComponent)/reward.sh") ? line : nil
        }
    }

    private static let each = "while read -r line; do id=${line#*:}; id=${id%%,*}; "

    @Test func scoresLogsAndFailuresAreInTheRunsFolder() throws {
        let script =
            Self.each + #"case $id in 2) r='"none"';; *) r=$id;; esac; echo "saw $id" >&2; "#
            + #"echo "{\"id\":$id,\"reward\":$r,\"log\":\"number $id\"}"; done"#
        try run(script) { folder, outcome in
            #expect(outcome.status == 0, "\(outcome.errors)")
            let run = folder.appending(path: "run")
            let completions = try String(
                contentsOf: run.appending(path: "completions.jsonl"), encoding: .utf8)
            #expect(completions.contains(#""log":{"judge":"number 1"}"#))
            #expect(completions.contains(#""judge":null,"failure":"reward judge: expected a "#))
            let metrics = try String(
                contentsOf: run.appending(path: "metrics.jsonl"), encoding: .utf8)
            #expect(metrics.contains(#""rewards/judge/failed":1.0"#))
            #expect(metrics.contains(#""rewards/judge/restarts":0.0"#))
            let log = try String(
                contentsOf: run.appending(path: "rewards/judge.log"), encoding: .utf8)
            #expect(log.contains("saw 1\n"))
            // The resolved configuration can be read again.
            let shown = try Program("grpo").run(
                ["config", "show", "run/configuration.yaml"], in: folder)
            #expect(shown.status == 0, "\(shown.errors)")
        }
    }

    @Test func aProgramThatOnlyCrashesEndsTheRun() throws {
        let script = "echo 'no module named torch' >&2; exit 1"
        try run(script, ["--set", "rollout.group_size=4"]) { _, outcome in
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains("grpo: reward judge: given up after 5 failures"))
            #expect(outcome.errors.contains("no module named torch"))
        }
    }

    @Test func aProgramThatIsNotThereEndsTheRunBeforeItsFolderIsMade() throws {
        try run("", ["--set", "rewards.0.command=[/no/such/program]"]) { folder, outcome in
            #expect(outcome.status == 2)
            #expect(outcome.errors.contains("reward judge: expected a program, found none"))
            #expect(
                !FileManager.default.fileExists(atPath: folder.appending(path: "run").path))
        }
    }

    /// Neither a program that reads to the end of its input nor one that hangs outlives the run.
    @Test func aRunThatIsKilledLeavesNothingBehind() throws {
        try run(
            "touch started; trap '' TERM; sh -c 'sleep 300; :' \"$0\" & "
                + "while :; do sleep 1; done", steps: 9,
            whileRunning: { folder, process in
                let started = folder.appending(path: "started").path
                for _ in 0..<1_200 where !FileManager.default.fileExists(atPath: started) {
                    usleep(50_000)
                }
                kill(process.processIdentifier, SIGKILL)
                for _ in 0..<200 where !Self.processes(of: folder).isEmpty { usleep(50_000) }
            }
        ) { _, outcome in
            #expect(outcome.status == SIGKILL)
        }
    }
}
