import Foundation
import SystemErrors
import Torch

/// A file that only grows, by whole lines. What cannot be written waits for the next chance.
final class LogFile {
    typealias Write = (FileHandle, Data) throws -> Void

    /// The most bytes that wait.
    static let mostWaiting = 64 << 20

    private let url: URL
    private let write: Write
    private var handle: FileHandle?
    /// The bytes of the lines that the file holds whole.
    private var size: UInt64
    private var waiting = Data()

    /// A log, which keeps so many bytes of what its file holds. The file is opened, or made, with the
    /// first line.
    init(
        _ url: URL, size: Int = 0, write: @escaping Write = { try $0.write(contentsOf: $1) }
    ) {
        (self.url, self.write, self.size) = (url, write, UInt64(size))
    }

    /// Opens the file now.
    func open() throws {
        do { _ = try opened() } catch { throw failure(error) }
    }

    /// Opens the file now, if there is one: what it holds beyond its size is cut off.
    func openIfThere() throws {
        if FileManager.default.fileExists(atPath: url.path) { try open() }
    }

    /// Takes lines; `flush` writes them.
    func append(_ text: String) { waiting += Data(text.utf8) }

    /// Writes the lines that wait, if any.
    ///
    /// - Throws: `RunError` where that fails; they go on waiting.
    func flush() throws {
        guard !waiting.isEmpty else { return }
        do {
            let handle = try opened()
            do {
                try Failpoint.around("log.write") { try write(handle, waiting) }
            } catch {
                // Part of a line may be there: a reader shall not meet it.
                try? handle.truncate(atOffset: size)
                throw error
            }
            size += UInt64(waiting.count)
            waiting = Data()
        } catch {
            throw failure(error)
        }
    }

    /// The file, at the end of its whole lines.
    private func opened() throws -> FileHandle {
        if let handle {
            try handle.seek(toOffset: size)
            return handle
        }
        if !FileManager.default.fileExists(atPath: url.path) {
            try Failpoint.around("log.create") { try Data().write(to: url) }
        }
        let file = try FileHandle(forWritingTo: url)
        try Failpoint.around("log.truncate") { try file.truncate(atOffset: size) }
        try file.seek(toOffset: size)
        handle = file
        return file
    }

    /// Has the disk hold what was appended; the size until here. A log without a line has no file.
    func synchronize() throws -> Int {
        try flush()
        guard let handle else { return 0 }
        do {
            try Failpoint.around("log.sync") { try handle.synchronize() }
            return Int(size)
        } catch {
            throw failure(error)
        }
    }

    /// Whether no more may wait.
    var isFull: Bool { waiting.count > Self.mostWaiting }

    private func failure(_ error: any Error) -> RunError {
        let bytes = waiting.isEmpty ? "" : " (\(waiting.count) bytes of log lines wait in memory.)"
        return RunError(
            path: url.path,
            reason: "it cannot be written: \(error.explanation) Is the disk full?" + bytes)
    }
}
