public import Foundation
import SystemErrors
public import Torch

extension Profile {
    /// Writes `profile.txt`, the table, and `trace.json`, which chrome://tracing and
    /// ui.perfetto.dev show.
    ///
    /// - Parameter folder: of the run; it is there.
    /// - Throws: `RunError`.
    public func write(to folder: URL) throws {
        for (name, text) in [("profile.txt", table), ("trace.json", trace)] {
            let file = folder.appending(path: name)
            do {
                try Data(text.utf8).write(to: file, options: .atomic)
            } catch {
                throw RunError(
                    path: file.path,
                    reason: "the profile cannot be written: \(error.explanation)")
            }
        }
    }
}
