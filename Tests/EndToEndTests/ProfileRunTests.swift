import Foundation
import TestSupport
import Testing

@Suite("Profiles of runs")
struct ProfileRunTests {
    /// A line of a table: the stage, the seconds, and how far it is indented.
    private struct Line {
        let stage: String
        let depth: Int
        let seconds: Double
    }

    private func withModelAndData(_ body: (URL) throws -> Void) throws {
        try withTemporaryFolder { folder in
            let made = try Program("grpo").run(["init", "model", "--size", "nano"], in: folder)
            #expect(made.status == 0, "\(made.errors)")
            let rows = (0..<20).map { "{\"prompt\": \"\($0)+1=\", \"answer\": \"\($0 + 1)\"}\n" }
            try Data(rows.joined().utf8).write(to: folder.appending(path: "data.jsonl"))
            try body(folder)
        }
    }

    private func train(_ output: String, _ more: [String] = []) -> [String] {
        [
            "train", "--profile", "--model", "model", "--train", "data.jsonl", "--output", output,
            "--reward", "number", "--steps", "3", "--group-size", "2", "--prompts-per-step", "4",
            "--max-new-tokens", "4", "--learning-rate", "1e-4", "--set", "threads=2",
            // Trains also where all rewards are equal.
            "--set", "objective.kl=0.1",
        ] + more
    }

    private func lines(_ folder: URL) throws -> [Line] {
        let text = try String(contentsOf: folder.appending(path: "profile.txt"), encoding: .utf8)
        let table = text.split(separator: "\n", omittingEmptySubsequences: false)
            .dropFirst().prefix { !$0.isEmpty }
        return try table.map { line in
            let stage = line.drop { $0 == " " }
            // Two spaces or more stand between columns; (no stage) has no calls.
            let cells = stage.components(separatedBy: "  ").filter { !$0.isEmpty }
                .map { $0.trimmingCharacters(in: .whitespaces) }
            let seconds = cells.dropFirst().first { $0.contains(".") }
            return Line(
                stage: cells[0], depth: (line.count - stage.count) / 2,
                seconds: try #require(seconds.flatMap(Double.init)))
        }
    }

    private func seconds(_ stage: String, _ lines: [Line]) throws -> Double {
        try #require(lines.first { $0.stage == stage }).seconds
    }

    private func stages(ofTraceIn folder: URL) throws -> Set<String> {
        let trace = try JSONSerialization.jsonObject(
            with: Data(contentsOf: folder.appending(path: "trace.json")))
        let events = try #require((trace as? [String: Any])?["traceEvents"] as? [[String: Any]])
        return Set(
            events.filter { $0["ph"] as? String == "X" }.compactMap { $0["name"] as? String })
    }

    @Test func theTimesOfTheStagesAreThoseOfTheMetrics() throws {
        try withModelAndData { folder in
            let outcome = try Program("grpo").run(train("run"), in: folder)
            #expect(outcome.status == 0, "\(outcome.errors)")
            let run = folder.appending(path: "run")
            let table = try String(
                contentsOf: run.appending(path: "profile.txt"), encoding: .utf8)
            #expect(outcome.output.contains(table))
            let metrics = try String(
                contentsOf: run.appending(path: "metrics.jsonl"), encoding: .utf8
            ).split(separator: "\n").map {
                try #require(
                    try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
            }
            let lines = try lines(run)
            for (stage, name) in [
                ("step", "step_time"), ("sampling", "time/sampling"), ("scoring", "time/scoring"),
                ("training", "time/training"),
            ] {
                let logged = metrics.reduce(0) { $0 + ($1[name] as? Double ?? 0) }
                let measured = try seconds(stage, lines)
                // The clock of the metrics also counts what lies between the stages.
                #expect(abs(measured - logged) <= 0.02 + 0.02 * logged, "\(stage)")
            }
            let names = try stages(ofTraceIn: run)
            for stage in [
                "whole run", "loading models", "reading and tokenizing data", "step", "sampling",
                "prompt pass", "decoding", "choosing tokens", "scoring",
                "advantages", "training", "batches", "reference log-probabilities", "forward",
                "loss", "numbers of the loss",
                "backward", "optimizer", "saving", "writing logs",
            ] { #expect(names.contains(stage), "\(stage)") }
        }
    }

    @Test func aStageTakesNoLongerThanTheOneAround() throws {
        try withModelAndData { folder in
            let outcome = try Program("grpo").run(
                train("run", ["--set", "algorithm=ppo", "--quiet"]), in: folder)
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(!outcome.output.contains("thread s"))
            let run = folder.appending(path: "run")
            var around: [Line] = []
            for line in try lines(run) {
                around = Array(around.prefix(line.depth))
                if let parent = around.last {
                    #expect(line.seconds <= parent.seconds + 0.001, "\(line.stage)")
                }
                around.append(line)
            }
            let names = try stages(ofTraceIn: run)
            #expect(names.isSuperset(of: ["values", "loss of the values", "optimizer"]))
        }
    }

    @Test func anInterruptedRunWritesItsProfile() throws {
        try withModelAndData { folder in
            let metrics = folder.appending(path: "run/metrics.jsonl")
            let outcome = try Program("grpo").run(
                train("run", ["--steps", "100000"]), in: folder
            ) {
                for _ in 0..<600 {
                    if let data = try? Data(contentsOf: metrics), !data.isEmpty { break }
                    usleep(50_000)
                }
                kill($0.processIdentifier, SIGINT)
            }
            #expect(outcome.status == 130, "\(outcome.errors)")
            #expect(try stages(ofTraceIn: folder.appending(path: "run")).contains("step"))
        }
    }

    @Test func supervisedRunsHaveProfilesAndOthersHaveNone() throws {
        try withModelAndData { folder in
            for (name, more) in [("with", ["--profile"]), ("without", [])] {
                let outcome = try Program("grpo").run(
                    [
                        "sft", "--model", "model", "--train", "data.jsonl", "--output", name,
                        "--steps", "2",
                    ] + more, in: folder)
                #expect(outcome.status == 0, "\(outcome.errors)")
            }
            let names = try stages(ofTraceIn: folder.appending(path: "with"))
            #expect(names.isSuperset(of: ["step", "forward", "backward", "optimizer"]))
            for file in ["profile.txt", "trace.json"] {
                let place = folder.appending(path: "without/\(file)").path
                #expect(!FileManager.default.fileExists(atPath: place))
            }
        }
    }
}
