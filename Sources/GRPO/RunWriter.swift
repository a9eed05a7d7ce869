import Foundation

/// What becomes of a run where a model cannot be saved or a log line cannot be written.
public enum SaveFailurePolicy: String, Sendable, CaseIterable {
    /// It goes on, says so, and tries again at the next chance; where there is none left, at the
    /// end of the run, it ends with the error.
    case `continue`
    /// It ends with the error.
    case stop
}

extension SaveFailurePolicy: ConfigurationChoice {}

/// Between a run and its files: what fails there does not touch the training.
///
/// A log line that cannot be written waits in memory and is written with the next; a model or
/// checkpoint that cannot be saved leaves nothing behind, and the next one is saved at its time.
final class RunWriter {
    private let policy: SaveFailurePolicy
    /// The logs that could not be written last; a failure is told once.
    private var isBehind = false

    /// A writer by a policy.
    init(_ policy: SaveFailurePolicy) { self.policy = policy }

    /// Appends to logs.
    ///
    /// - Parameters:
    ///   - folder: of the run.
    ///   - report: told of a failure, and when all is written again.
    ///   - append: appends lines.
    /// - Throws: what failed, where the policy is to stop or no more can wait.
    func log(
        to folder: RunFolder, report: (RunEvent) -> Void, _ append: (RunFolder) -> Void
    ) throws {
        append(folder)
        do {
            try folder.flushLogs()
        } catch {
            guard policy == .continue, !folder.logsAreFull else { throw error }
            if !isBehind {
                report(
                    .warning(
                        "\(error) Training goes on, and the lines are written at the next "
                            + "chance (training.on_save_failure: continue)."))
            }
            isBehind = true
            return
        }
        if isBehind { report(.warning("the log lines that waited are written now.")) }
        isBehind = false
    }

    /// Writes a model's folder: complete or absent.
    ///
    /// - Parameters:
    ///   - place: at which nothing is yet.
    ///   - isLast: whether there will be no other chance.
    ///   - report: told of the folder, or of the failure.
    ///   - write: writes it.
    /// - Returns: whether it was written.
    /// - Throws: what failed, where the policy is to stop or there will be no other chance.
    @discardableResult
    func save(
        to place: URL, isLast: Bool = false, report: (RunEvent) -> Void,
        _ write: (URL) throws -> Void
    ) throws -> Bool {
        let existed = FileManager.default.fileExists(atPath: place.path)
        let isSaved: Void? = try attempt(isLast: isLast, report: report) {
            do {
                try write(place)
            } catch {
                if !existed { try? FileManager.default.removeItem(at: place) }
                throw error
            }
        }
        guard isSaved != nil else { return false }
        report(.saved(place))
        return true
    }

    /// Writes what is complete or absent.
    ///
    /// - Returns: what `write` returns; `nil` where it failed, which was told.
    /// - Throws: what failed, where the policy is to stop or there will be no other chance.
    @discardableResult
    func attempt<Result>(
        isLast: Bool = false, report: (RunEvent) -> Void, _ write: () throws -> Result
    ) throws -> Result? {
        do { return try write() } catch {
            guard policy == .continue, !isLast else { throw error }
            report(
                .warning(
                    "\(error) Training goes on, and saves again at the next interval "
                        + "(training.on_save_failure: continue)."))
            return nil
        }
    }
}
