public import Foundation

/// What a checkpoint of a training run holds beside tensors.
struct TrainingRunState: Codable {
    let trainer: TrainerState
    let evaluations: EvaluationHistory
}

/// The evaluations of a run so far.
struct EvaluationHistory: Codable, Equatable {
    /// An evaluation and the steps that were made before it.
    struct Evaluation: Codable, Equatable {
        let steps: Int
        let accuracy: Double
    }

    /// The steps that were made before the last one.
    private(set) var last: Int?
    /// The first of those with the largest greedy accuracy.
    private(set) var best: Evaluation?

    /// Adds an evaluation.
    ///
    /// - Returns: whether it is the best so far.
    mutating func add(_ report: EvaluationReport, after steps: Int) -> Bool {
        last = steps
        let accuracy = report.greedy.value
        guard accuracy > best?.accuracy ?? -1 else { return false }
        best = Evaluation(steps: steps, accuracy: accuracy)
        return true
    }
}

/// What made a run, by its configuration.
public enum RunKind: Sendable {
    /// ``TrainingRun``
    case training
    /// ``SupervisedRun``
    case supervised

    /// The kind of the run in a folder; only a run that samples has rewards.
    public init(of folder: URL) {
        let file = folder.appending(path: RunFolder.configurationName)
        let text = (try? String(contentsOf: file, encoding: .utf8)) ?? "rewards:"
        self =
            text.split(separator: "\n").contains { $0.hasPrefix("rewards:") }
            ? .training : .supervised
    }
}
