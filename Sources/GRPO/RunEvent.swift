public import Foundation

/// What a run tells whoever watches it.
public enum RunEvent {
    /// A training step is done.
    case step(StepMetrics)
    /// A supervised step is done; it is the `step`-th.
    case supervisedStep(SupervisedStep.Metrics, step: Int, learningRate: Double)
    /// An evaluation is done, after so many steps.
    case evaluation(EvaluationReport, step: Int)
    /// Something that is not as it was asked for, and does not stop the run.
    case warning(String)
    /// What a person may want to know.
    case note(String)
    /// A model has been written.
    case saved(URL)
    /// A checkpoint has been written.
    case checkpoint(URL)
}
