public import Foundation
import LanguageModels
import Torch

/// A short run of the program whose end is the same however often it is killed on its way.
public struct ResumableRun: Sendable, CustomStringConvertible {
    /// What it shows.
    public let name: String
    /// The command, with all but the output.
    public let arguments: [String]
    /// Its steps.
    public let steps: Int

    /// The name.
    public var description: String { name }

    private init(_ name: String, steps: Int = 4, _ arguments: [String]) {
        (self.name, self.steps) = (name, steps)
        self.arguments =
            arguments + [
                "--model", "model", "--train", "data.jsonl", "--prompt", "{q}=", "--answer", "{a}",
                "--steps", "\(steps)", "--checkpoint-every", "1", "--learning-rate", "1e-3",
                "--quiet",
            ]
    }

    /// The same, longer, so that there is time to end it.
    public func longer(steps: Int) -> ResumableRun {
        ResumableRun(name: name, steps: steps, all: arguments + ["--steps", "\(steps)"])
    }

    private init(name: String, steps: Int, all arguments: [String]) {
        (self.name, self.steps, self.arguments) = (name, steps, arguments)
    }

    private static func train(_ name: String, _ settings: [String]) -> ResumableRun {
        ResumableRun(
            name,
            [
                "train", "--reward", "{kind: pattern, expression: '[a-m]'}", "--reward",
                "{kind: pattern, name: capital, expression: '[A-Z]', weight: 0.3}",
                "--group-size", "4", "--prompts-per-step", "4", "--max-new-tokens", "6", "--test",
                "data.jsonl", "--set", "evaluate.limit=4", "--set",
                "evaluate.every=2", "--set", "training.save_every=2", "--set",
                "training.micro_batch_tokens=64", "--set", "objective.passes=2",
            ] + settings.flatMap { ["--set", $0] })
    }

    /// Full and adapter training, both algorithms, several passes and mini-batches.
    public static let all = [
        train(
            "full GRPO, 2 passes of 2 mini-batches, a reference that moves",
            [
                "objective.mini_batches=2", "objective.kl.coefficient=0.1",
                "reference_update={kind: mixed, share: 0.5, every: 2}", "optimizer.warmup_steps=2",
            ]),
        train(
            "adapter GRPO, 2 passes of 2 mini-batches, dropout",
            [
                "objective.mini_batches=2", "lora.rank=4", "lora.dropout=0.1",
                "objective.kl.coefficient=0.1",
            ]),
        train("full PPO, 2 passes", ["algorithm=ppo", "objective.kl.coefficient=0.1"]),
        train("adapter PPO, 2 passes", ["algorithm=ppo", "lora.rank=4"]),
        train(
            "full GRPO, dynamic sampling and an entropy that is steered",
            [
                "objective.mini_batches=2", "rollout.filter=signal", "rollout.reserve=8",
                "objective.entropy={kind: adaptive, target: 2}",
            ]),
    ]

    /// Supervised training.
    public static let supervised = ResumableRun(
        "supervised", steps: 6, ["sft", "--batch-size", "4"])

    /// Writes the model and the data that the runs are of.
    public static func prepare(_ folder: URL) throws {
        var shape = DecoderConfiguration(.nano)
        shape.tiesEmbeddings = true
        shape.contextLength = 64
        (shape.hiddenSize, shape.layerCount, shape.feedForwardSize) = (64, 2, 96)
        (shape.headCount, shape.keyValueHeadCount, shape.headWidth) = (4, 2, 16)
        try LanguageModel(random: shape, seed: 1).save(to: folder.appending(path: "model"))
        let rows = (0..<24).map { "{\"q\": \"\($0)+1\", \"a\": \"\($0 + 1)\"}\n" }
        try Data(rows.joined().utf8).write(to: folder.appending(path: "data.jsonl"))
    }
}

/// A run that was never stopped, and the same one killed and resumed.
public struct KillExperiment {
    private let run: ResumableRun
    private let folder: URL
    /// The failpoints that the whole run reaches.
    public let places: [String]
    private let seconds: Double

    /// Makes the run that is never stopped in a folder that `ResumableRun.prepare` has prepared.
    public init(_ run: ResumableRun, in folder: URL) throws {
        (self.run, self.folder) = (run, folder)
        let start = ContinuousClock.now
        let whole = try Program("grpo").run(
            run.arguments + ["--output", "whole"], in: folder,
            environment: ["GRPO_FAILPOINT": "trace"])
        seconds = (ContinuousClock.now - start) / .seconds(1)
        places = whole.errors.split(separator: "\n").filter { $0.hasPrefix("failpoint ") }
            .map { String($0.dropFirst("failpoint ".count)) }
        guard whole.status == 0 else { throw Failure(text: whole.errors) }
        // Without a gradient every run would be the same.
        let metrics = try String(
            contentsOf: folder.appending(path: "whole/metrics.jsonl"), encoding: .utf8)
        guard metrics.contains(/"grad_norm":(0\.0*[1-9]|[1-9])/) else {
            throw Failure(text: "nothing is learned: \(metrics)")
        }
    }

    /// A run that ended as it should not.
    public struct Failure: Error, CustomStringConvertible {
        let text: String
        /// What it printed.
        public var description: String { text }
    }

    /// What a killed run was, and what is different.
    public struct Result {
        /// Where it was killed, each time.
        public let kills: [String]
        /// The files that are not equal, or what a resume said; empty where all is well.
        public let differences: [String]
    }

    /// Kills a run at places that the seed chooses, resumes it, and compares.
    public func kill(seed: UInt64) throws -> Result {
        var stream = RandomStream(seed, 0x6B69_6C6C)
        let output = "killed-\(seed)"
        var kills: [String] = []
        for _ in 0..<1 + Int(stream.next() % 2) {
            guard let place = try killOnce(output, &stream) else { break }
            kills.append(place)
        }
        for _ in 0..<3 where !exists("\(output)/model") {
            let end = try Program("grpo").run(command(output), in: folder)
            guard end.status == 0 else {
                return Result(kills: kills, differences: ["status \(end.status): \(end.errors)"])
            }
        }
        return Result(kills: kills, differences: try differences(output))
    }

    /// Where it was killed; `nil` where the run had ended before.
    private func killOnce(_ output: String, _ stream: inout RandomStream) throws -> String? {
        guard !exists("\(output)/model") else { return nil }
        if stream.next() % 2 == 0 {
            let place = Int(stream.next() % UInt64(places.count))
            let outcome = try Program("grpo").run(
                command(output), in: folder,
                environment: ["GRPO_FAILPOINT": "any:\(place + 1)=kill"])
            return outcome.status == SIGKILL ? "place \(place + 1), \(places[place])" : nil
        }
        let delay = stream.uniform() * seconds
        let outcome = try Program("grpo").run(command(output), in: folder) { process in
            usleep(UInt32(delay * 1e6))
            Foundation.kill(process.processIdentifier, SIGKILL)
        }
        return outcome.status == SIGKILL ? "after \(Int(delay * 1000)) ms" : nil
    }

    /// A run that was killed before its folder was made is begun again, any other is resumed.
    public func command(_ output: String) -> [String] {
        exists("\(output)/configuration.yaml")
            ? ["resume", output, "--quiet"] : run.arguments + ["--output", output]
    }

    private func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: folder.appending(path: path).path)
    }

    /// The files that are not those of the run that was never stopped, times excepted.
    public func differences(_ output: String) throws -> [String] {
        let (whole, other) = (folder.appending(path: "whole"), folder.appending(path: output))
        let paths = { (place: URL) in
            try FileManager.default.subpathsOfDirectory(atPath: place.path).filter { path in
                var isFolder: ObjCBool = false
                _ = FileManager.default.fileExists(
                    atPath: place.appending(path: path).path, isDirectory: &isFolder)
                return !isFolder.boolValue
            }.sorted()
        }
        let expected = try paths(whole)
        let found = try paths(other)
        var differences = Set(expected).symmetricDifference(found).sorted()
            .map { "\($0) is in one alone" }
        // The manifest has the sizes of logs with times in them; the configuration names the folder.
        let skipped = ["manifest.json", "configuration.yaml"]
        for path in expected
        where found.contains(path) && !skipped.contains(URL(filePath: path).lastPathComponent) {
            let contents = try [whole, other].map {
                try Data(contentsOf: $0.appending(path: path))
            }
            let areEqual =
                path == "metrics.jsonl"
                ? Self.withoutTimes(contents[0]) == Self.withoutTimes(contents[1])
                : contents[0] == contents[1]
            if !areEqual { differences.append("\(path) differs") }
        }
        return differences
    }

    /// The text of a metrics file without the keys that hold times.
    public static func withoutTimes(_ data: Data) -> String {
        String(decoding: data, as: UTF8.self).replacing(
            /"(time\/[a-z]+|tokens_per_second|step_time)":[-+.e0-9]+,?/, with: "")
    }
}
