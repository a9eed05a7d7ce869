package import Foundation
import Synchronization

/// The files and folders that are written beside their place and not renamed yet.
///
/// Who writes one removes it on every way out; a process that ends in the middle of that has all of
/// them removed.
package enum TemporaryFiles {
    private static let places = Mutex<Set<String>>([])

    /// A file or folder is about to be made.
    package static func add(_ url: URL) { places.withLock { _ = $0.insert(url.path) } }

    /// It was renamed, or is gone.
    package static func remove(_ url: URL) { places.withLock { _ = $0.remove(url.path) } }

    /// Removes all that there are, also while one is being written; for a process that ends.
    package static func removeAll() {
        for path in places.withLock({ $0 }) {
            // Another thread may make files in a folder that is being emptied.
            for _ in 0..<100 where FileManager.default.fileExists(atPath: path) {
                try? FileManager.default.removeItem(atPath: path)
            }
        }
    }
}
