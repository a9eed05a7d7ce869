public import Foundation

/// What a checkpoint of a training run holds beside tensors.
struct TrainingRunState: Codable {
    let trainer: TrainerState
    let evaluations: EvaluationHistory
}

/// The evaluations of a run so far.
struct EvaluationHistory: Codable, Equatable {
    /// The steps that were made before the last one.
    private(set) var last: Int?
    /// The best whose model is saved, by the number that the configuration names; the first of
    /// equal ones.
    var best: BestEvaluation?

    /// Adds an evaluation.
    ///
    /// - Returns: what it is where it is the best so far: ``best`` once its model is saved.
    mutating func add(
        _ report: EvaluationReport, after steps: Int, metric: String
    ) -> BestEvaluation? {
        last = steps
        guard let value = report[metric]?.value else { return nil }
        let candidate = BestEvaluation(step: steps, metric: metric, value: value)
        return candidate.isBetter(than: best) ? candidate : nil
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
