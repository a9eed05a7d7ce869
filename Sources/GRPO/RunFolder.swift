public import Foundation
import LanguageModels

/// The folder of a run: its configuration, logs and models.
///
/// | file | holds |
/// |---|---|
/// | `configuration.yaml` | the configuration with every default filled in |
/// | `metrics.jsonl` | one object a step |
/// | `completions.jsonl` | one object a completion |
/// | `rewards/NAME.log` | what a reward program wrote to standard error |
/// | `model/` | the trained model |
/// | `profile.txt`, `trace.json` | where the time went, where asked for |
/// | `models/step-N/` | the model after every N steps, where asked for |
public struct RunFolder {
    /// The folder.
    public let url: URL
    private let metrics: LogFile
    private let completions: LogFile

    /// Makes the folder of a new run.
    ///
    /// - Throws: `RunError` when it holds something already or cannot be written.
    public init(_ url: URL, configuration: String) throws {
        try Self.checkIsNew(url)
        self.url = url
        do {
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            try Data(configuration.utf8).write(to: url.appending(path: "configuration.yaml"))
        } catch {
            throw RunError(
                path: url.path,
                reason: "the run's folder cannot be written: \(error.localizedDescription)")
        }
        metrics = try LogFile(url.appending(path: "metrics.jsonl"))
        completions = try LogFile(url.appending(path: "completions.jsonl"))
    }

    /// Throws where a run, or anything else, is there already.
    public static func checkIsNew(_ url: URL) throws {
        let path = url.path
        guard FileManager.default.fileExists(atPath: path) else { return }
        guard let files = try? FileManager.default.contentsOfDirectory(atPath: path) else {
            throw RunError(path: path, reason: "expected a new folder for the run, found a file.")
        }
        guard files.isEmpty else {
            throw RunError(
                path: path,
                reason: "there is something in it already, and a run is never overwritten. "
                    + "Choose another output, or remove it.")
        }
    }

    /// The model that the run ends with.
    public var model: URL { url.appending(path: "model") }

    /// What a reward program writes to standard error.
    func rewardLog(_ name: String) -> URL {
        url.appending(path: "rewards").appending(path: name.replacing("/", with: "-") + ".log")
    }

    /// The model after so many steps.
    public func model(after steps: Int) -> URL {
        url.appending(path: "models").appending(path: "step-\(steps)")
    }

    func log(_ metrics: StepMetrics) throws { try self.metrics.append(metrics.json + "\n") }

    func log(_ metrics: SupervisedStep.Metrics, step: Int, learningRate: Double) throws {
        try self.metrics.append(metrics.json(step: step, learningRate: learningRate) + "\n")
    }

    func log(_ report: EvaluationReport, step: Int) throws {
        var line = LogLine()
        line.add("step", step)
        line.add(report)
        try metrics.append(line.text + "\n")
    }

    func log(_ result: StepResult, rewards: [String]) throws {
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
        try completions.append(text)
    }
}

/// A file that only grows.
private struct LogFile {
    private let url: URL
    private let handle: FileHandle

    init(_ url: URL) throws {
        self.url = url
        do {
            try Data().write(to: url)
            handle = try FileHandle(forWritingTo: url)
        } catch {
            throw Self.failure(url, error)
        }
    }

    func append(_ text: String) throws {
        do {
            try handle.write(contentsOf: Data(text.utf8))
        } catch {
            throw Self.failure(url, error)
        }
    }

    private static func failure(_ url: URL, _ error: any Error) -> RunError {
        RunError(
            path: url.path,
            reason: "it cannot be written: \(error.localizedDescription) Is the disk full?")
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
