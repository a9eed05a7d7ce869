import Foundation
import Torch

/// Files that are on the disk when the call returns.
enum DurableFile {
    /// Writes a new file and syncs it; the places `NAME.write` and `NAME.sync` are where it can fail.
    static func write(_ data: Data, to url: URL, failpoint name: String) throws {
        try Failpoint.around("\(name).write") { try data.write(to: url) }
        try Failpoint.around("\(name).sync") { try synchronize(url) }
    }

    /// Puts a file in the place of another, which stays whole until then.
    static func replace(_ url: URL, with data: Data, failpoint name: String) throws {
        let partial = url.deletingLastPathComponent()
            .appending(path: ".\(url.lastPathComponent).partial-\(getpid())")
        TemporaryFiles.add(partial)
        defer { TemporaryFiles.remove(partial) }
        do {
            try write(data, to: partial, failpoint: name)
            try SafetensorsFile.rename(partial, to: url)
        } catch {
            try? FileManager.default.removeItem(at: partial)
            throw error
        }
    }

    /// Has the disk hold what a file or folder holds.
    static func synchronize(_ url: URL) throws {
        let descriptor = open(url.path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw lastError }
        defer { close(descriptor) }
        // Some file systems cannot sync a folder; a rename is atomic there too.
        guard fsync(descriptor) == 0 || errno == EINVAL else { throw lastError }
    }

    /// The error of the system call that has just failed.
    static var lastError: POSIXError { POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
}
