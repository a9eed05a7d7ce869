import Foundation
import Torch

/// A run that keeps what it reaches in its folder: how both kinds of runs save and end.
protocol SavedRun: AnyObject {
    var folder: RunFolder { get }
    var writer: RunWriter { get }
    /// Where the run stands.
    var position: CheckpointPosition { get }
    /// What a person should hear of, once.
    func takeWarnings() -> [String]
    /// Saves the model into a new folder.
    func saveModel(to place: URL) throws
    /// Makes a checkpoint of where the run stands.
    func writeCheckpoint(_ report: (RunEvent) -> Void) throws -> URL
}

extension SavedRun {
    func tellWarnings(_ report: (RunEvent) -> Void) {
        for text in takeWarnings() { report(.warning(text)) }
    }

    /// Saves the model of a step; a run that goes on from an earlier one makes it again.
    func saveModel(after steps: Int, _ report: (RunEvent) -> Void) throws {
        try Profile.span(.saving) {
            _ = try writer.save(to: folder.model(after: steps), report: report) {
                try ReplacedFolder($0).replace(saveModel(to:))
            }
        }
    }

    /// Ends a run behind its last step.
    func finish(_ report: (RunEvent) -> Void) throws -> RunOutcome {
        try Profile.span(.saving) {
            _ = try writer.save(to: folder.model, isLast: true, report: report, saveModel(to:))
        }
        try folder.flushLogs()
        return .finished(model: folder.model)
    }

    /// Ends a run before its last step; a checkpoint keeps what it has reached.
    ///
    /// - Throws: what it ended with, unless that was asked for.
    func end(with error: any Error, _ report: (RunEvent) -> Void) throws -> RunOutcome {
        tellWarnings(report)
        if error is StepInterrupted {
            return .interrupted(checkpoint: try writeCheckpoint(report))
        }
        if position > CheckpointPosition(steps: 0) {
            do { _ = try writeCheckpoint(report) } catch { report(.warning("\(error)")) }
        }
        throw error
    }
}
