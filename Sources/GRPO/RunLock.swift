import Foundation

/// Keeps a second process away from a run; it goes with the process, however that ends.
final class RunLock: Sendable {
    private let descriptor: Int32

    /// Takes the lock of the run in a folder.
    ///
    /// - Throws: `RunError` where another process has it, or there is no run.
    init(_ url: URL) throws {
        let file = url.appending(path: RunFolder.configurationName)
        descriptor = open(file.path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw RunError(
                path: file.path, reason: unreadableReason(file.path, DurableFile.lastError))
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let isHeld = errno == EWOULDBLOCK
            close(descriptor)
            // Some network file systems have no locks: what they cannot keep away is not kept away.
            guard isHeld else { throw DurableFile.lastError }
            throw RunError(
                path: url.path,
                reason: "another process is training this run. End it first.")
        }
    }

    deinit { close(descriptor) }
}
