import Foundation
import SystemErrors

/// Keeps a second process away from a run; it goes with the process, however that ends.
///
/// It is the folder that is locked, before the first file in it is made: a file that is put in place
/// by a rename would leave the lock on the one before.
final class RunLock: Sendable {
    private let descriptor: Int32

    /// Takes the lock of the run in a folder.
    ///
    /// - Parameters:
    ///   - url: the folder.
    ///   - lock: locks a descriptor, or says why not; 0 for done.
    /// - Throws: `RunError` where another process has it, or there is no folder.
    init(_ url: URL, by lock: (Int32) -> Int32 = RunLock.lock) throws {
        descriptor = open(url.path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw RunError(
                path: url.path, reason: unreadableReason(url.path, DurableFile.lastError))
        }
        let problem = lock(descriptor)
        // Some network file systems have no locks, or none for folders: what they cannot keep away
        // is not kept away.
        if [0, ENOTSUP, EOPNOTSUPP, ENOSYS, ENOLCK, EINVAL, EBADF].contains(problem) { return }
        close(descriptor)
        throw RunError(
            path: url.path,
            reason: problem == EWOULDBLOCK
                ? "another process is training this run. End it first."
                : "it cannot be locked: "
                    + POSIXError(POSIXErrorCode(rawValue: problem) ?? .EIO).explanation)
    }

    deinit { close(descriptor) }

    /// Locks a descriptor without waiting; the system's error number, 0 for none.
    static func lock(_ descriptor: Int32) -> Int32 {
        flock(descriptor, LOCK_EX | LOCK_NB) == 0 ? 0 : errno
    }
}
