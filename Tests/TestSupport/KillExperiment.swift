public import Foundation
import Torch

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
        let wanted = 1 + Int(stream.next() % 2)
        while kills.count < wanted {
            if let place = try killOnce(output, &stream) {
                kills.append(place)
            } else if kills.isEmpty {
                // It had ended before: that is no experiment.
                try FileManager.default.removeItem(at: folder.appending(path: output))
            } else {
                break
            }
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
            return try wasKilled(outcome) ? "place \(place + 1), \(places[place])" : nil
        }
        let delay = stream.uniform() * seconds
        let outcome = try Program("grpo").run(command(output), in: folder) { process in
            usleep(UInt32(delay * 1e6))
            Foundation.kill(process.processIdentifier, SIGKILL)
        }
        return try wasKilled(outcome) ? "after \(Int(delay * 1000)) ms" : nil
    }

    /// Whether it was killed; an error is neither that nor its end.
    private func wasKilled(_ outcome: Program.Outcome) throws -> Bool {
        guard [0, SIGKILL].contains(outcome.status) else { throw Failure(text: outcome.errors) }
        return outcome.status == SIGKILL
    }

    /// Lets the operation at a place fail, goes on with the run if that ended it, and compares what
    /// an error must not change: the logs, the model, and the best one unless that is said.
    ///
    /// - Returns: what is not as it should be.
    public func fail(at place: Int) throws -> [String] {
        let output = "failed-\(place)"
        let failed = try Program("grpo").run(
            command(output), in: folder,
            environment: ["GRPO_FAILPOINT": "any:\(place + 1)=error"])
        var problems: [String] = []
        if !failed.errors.contains("\(output)") || !failed.errors.contains("cannot be") {
            problems.append("it does not say what cannot be done to which file: \(failed.errors)")
        }
        let isLeft = { (path: String) in path.contains(/\.(partial|removed|next|old)/) }
        if exists(output) {
            problems += try files(output).filter(isLeft).map { "\($0) is left" }
        }
        if failed.status != 0 {
            let end = try Program("grpo").run(command(output), in: folder)
            if end.status != 0 { problems.append("status \(end.status): \(end.errors)") }
        }
        problems += try differences(output).filter {
            !$0.hasPrefix("checkpoints/") && !$0.hasPrefix("models/")
                && !($0.hasPrefix("best") && failed.errors.contains("\(output)/best"))
        }
        return problems
    }

    /// The first place of each name, and one in the middle of those that are reached again.
    public var firstAndLaterPlaces: [Int] {
        let named = Dictionary(grouping: places.indices) { places[$0] }
        return named.values.flatMap { Set([$0[0], $0[$0.count / 2]]) }.sorted()
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
        let expected = try files("whole")
        let found = try files(output)
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

    /// The files below a run's folder.
    private func files(_ output: String) throws -> [String] {
        let place = folder.appending(path: output)
        return try FileManager.default.subpathsOfDirectory(atPath: place.path).filter { path in
            var isFolder: ObjCBool = false
            _ = FileManager.default.fileExists(
                atPath: place.appending(path: path).path, isDirectory: &isFolder)
            return !isFolder.boolValue
        }.sorted()
    }

    /// The text of a metrics file without the keys that hold times.
    public static func withoutTimes(_ data: Data) -> String {
        String(decoding: data, as: UTF8.self).replacing(
            /"(time\/[a-z]+|tokens_per_second|step_time)":[-+.e0-9]+,?/, with: "")
    }
}
