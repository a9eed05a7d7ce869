public import Foundation
import LanguageModels
import SystemErrors
import Torch

/// The folder of a run: its configuration, logs and models.
///
/// | file | holds |
/// |---|---|
/// | `configuration.yaml` | the configuration with every default filled in |
/// | `metrics.jsonl` | one object a step |
/// | `completions.jsonl` | one object a completion |
/// | `faults.jsonl` | one object an optimizer step that was left out, if there is one |
/// | `rewards/NAME.log` | what a reward program wrote to standard error |
/// | `model/` | the trained model |
/// | `profile.txt`, `trace.json` | where the time went, where asked for |
/// | `best/`, `best.json` | the model with the best evaluation, and which that is |
/// | `models/step-N/` | the model after every N steps, where asked for |
/// | `checkpoints/step-N/` | all that the run needs to go on behind that step |
/// | `parent.json` | the run and step that a fork began from |
public struct RunFolder {
    static let configurationName = "configuration.yaml"
    static let parentName = "parent.json"
    private static let partialName = ".configuration.yaml.partial"

    /// The folder.
    public let url: URL
    private let metrics: LogFile
    private let completions: LogFile
    private let faults: LogFile
    private let lock: RunLock

    /// Makes the folder of a new run.
    ///
    /// - Throws: `RunError` when it holds something already or cannot be written.
    public init(_ url: URL, configuration: String) throws {
        try Self.checkIsNew(url)
        let existed = FileManager.default.fileExists(atPath: url.path)
        let partial = url.appending(path: Self.partialName)
        do {
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            // Complete or absent: a run with a configuration is one that can be resumed.
            try DurableFile.write(
                Data(configuration.utf8), to: partial, failpoint: "run.configuration")
            try Failpoint.around("run.configuration.rename") {
                try SafetensorsFile.rename(
                    partial, to: url.appending(path: Self.configurationName))
            }
        } catch {
            try? FileManager.default.removeItem(at: existed ? partial : url)
            throw RunError(
                path: url.path,
                reason: "the run's folder cannot be written: \(error.explanation)")
        }
        try self.init(url, logs: [:], lock: try RunLock(url))
    }

    /// The folder of a run that goes on: what its logs hold beyond these bytes is cut off.
    init(_ url: URL, logs: [String: Int], lock: RunLock) throws {
        self.url = url
        self.lock = lock
        let log = { LogFile(url.appending(path: $0), size: logs[$0] ?? 0) }
        (metrics, completions) = (log("metrics.jsonl"), log("completions.jsonl"))
        faults = log("faults.jsonl")
        for log in [metrics, completions] { try log.open() }
        try faults.openIfThere()
    }

    /// The bytes that the logs hold, which are on the disk from here on.
    func synchronizedLogs() throws -> [String: Int] {
        [
            "metrics.jsonl": try metrics.synchronize(),
            "completions.jsonl": try completions.synchronize(),
            "faults.jsonl": try faults.synchronize(),
        ]
    }

    /// The checkpoints of a run.
    static func checkpoints(of url: URL) -> CheckpointFolder {
        CheckpointFolder(url: url.appending(path: "checkpoints"))
    }

    /// Throws where a run, or anything else, is there already.
    public static func checkIsNew(_ url: URL) throws {
        let path = url.path
        guard FileManager.default.fileExists(atPath: path) else { return }
        guard let files = try? FileManager.default.contentsOfDirectory(atPath: path) else {
            throw RunError(path: path, reason: "expected a new folder for the run, found a file.")
        }
        // What a run left that was killed as it began is no run.
        guard files.allSatisfy({ $0 == partialName }) else {
            throw RunError(
                path: path,
                reason: "there is something in it already, and a run is never overwritten. "
                    + "Choose another output, or remove it.")
        }
    }

    /// The model that the run ends with.
    public var model: URL { url.appending(path: "model") }

    /// The model with the best evaluation.
    public var best: URL { url.appending(path: "best") }

    /// Puts another model in the place of the best one; at any time there is a whole one.
    ///
    /// - Parameters:
    ///   - evaluation: of the model.
    ///   - save: writes the model into a new folder.
    /// - Throws: what saving throws, and `RunError`; the best one before is in its place then.
    func replaceBest(_ evaluation: BestEvaluation, save: (URL) throws -> Void) throws {
        let (files, next, old) = (
            FileManager.default, url.appending(path: "best.next"), url.appending(path: "best.old")
        )
        for place in [next, old] where files.fileExists(atPath: place.path) {
            try files.removeItem(at: place)
        }
        try save(next)
        do {
            if files.fileExists(atPath: best.path) {
                try Failpoint.around("best.aside") { try files.moveItem(at: best, to: old) }
            }
            try Failpoint.around("best.rename") { try files.moveItem(at: next, to: best) }
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            try Failpoint.hit("best.record")
            try encoder.encode(evaluation)
                .write(to: url.appending(path: "best.json"), options: .atomic)
        } catch {
            try? files.removeItem(at: next)
            if files.fileExists(atPath: old.path) {
                try? files.removeItem(at: best)
                try? files.moveItem(at: old, to: best)
            }
            throw RunError(
                path: best.path, reason: "it cannot be written: \(error.explanation)")
        }
        guard files.fileExists(atPath: old.path) else { return }
        // The new one is there. What cannot be removed now is removed the next time.
        try? Failpoint.around("best.remove") { try files.removeItem(at: old) }
    }

    /// What a reward program writes to standard error.
    func rewardLog(_ name: String) -> URL {
        url.appending(path: "rewards").appending(path: name.replacing("/", with: "-") + ".log")
    }

    /// The model after so many steps.
    public func model(after steps: Int) -> URL {
        url.appending(path: "models").appending(path: "step-\(steps)")
    }

    private var logs: [LogFile] { [metrics, completions, faults] }

    /// Writes the lines that wait, of every log.
    ///
    /// - Throws: the first failure; the lines of the other logs are written.
    func flushLogs() throws {
        let results = logs.map { log in Result { try log.flush() } }
        for result in results { try result.get() }
    }

    /// Whether no more lines can wait.
    var logsAreFull: Bool { logs.contains(where: \.isFull) }

    func log(_ metrics: StepMetrics) { self.metrics.append(metrics.json + "\n") }

    func log(_ metrics: SupervisedStep.Metrics, step: Int, learningRate: Double) {
        self.metrics.append(metrics.json(step: step, learningRate: learningRate) + "\n")
    }

    func log(_ report: EvaluationReport, step: Int) {
        var line = LogLine()
        line.add("step", step)
        line.add(report)
        metrics.append(line.text + "\n")
    }

    /// What is known of optimizer steps that were left out.
    func log(faults lines: [String]) { faults.append(lines.map { $0 + "\n" }.joined()) }

    func log(_ result: StepResult, rewards: [String]) {
        var text = ""
        for (scored, advantages) in zip(result.groups, result.advantages) {
            for (place, rollout) in scored.group.rollouts.enumerated() {
                var line = LogLine()
                line.add("step", result.metrics.step)
                line.add("prompt", scored.group.prompt.text)
                line.add("completion", rollout.text)
                for (name, part) in zip(rewards, scored.scores[place].parts) {
                    line.add(name, part)
                }
                if let failure = scored.scores[place].failure { line.add("failure", failure) }
                let logs = scored.scores[place].logs
                if !logs.isEmpty { line.add("log", .object(logs)) }
                line.add("advantage", advantages[place])
                line.add("tokens", rollout.completion.tokens.count)
                line.add("finish", rollout.completion.finish.rawValue)
                text += line.text + "\n"
            }
        }
        completions.append(text)
    }
}

/// A run's folder that cannot be made or written.
public struct RunError: Error, Equatable, CustomStringConvertible {
    /// The file or folder.
    public let path: String
    /// What was expected, what was found, and the next move.
    public let reason: String

    /// Path and reason.
    public var description: String { "\(path): \(reason)" }
}
