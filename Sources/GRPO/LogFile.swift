import Foundation
import Torch

/// A file that only grows.
struct LogFile {
    private let url: URL
    private let handle: FileHandle

    /// Opens a log, which keeps so many bytes of what it holds.
    init(_ url: URL, size: Int) throws {
        self.url = url
        do {
            if !FileManager.default.fileExists(atPath: url.path) {
                try Failpoint.around("log.create") { try Data().write(to: url) }
            }
            let file = try FileHandle(forWritingTo: url)
            try Failpoint.around("log.truncate") { try file.truncate(atOffset: UInt64(size)) }
            handle = file
        } catch {
            throw Self.failure(url, error)
        }
    }

    func append(_ text: String) throws {
        do {
            try Failpoint.around("log.write") { try handle.write(contentsOf: Data(text.utf8)) }
        } catch {
            throw Self.failure(url, error)
        }
    }

    /// Has the disk hold what was appended; the size until here.
    func synchronize() throws -> Int {
        do {
            try Failpoint.around("log.sync") { try handle.synchronize() }
            return Int(try handle.offset())
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
