import Foundation
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The file that holds what the workers of a program write to standard error, up to a limit.
final class ErrorLog: Sendable {
    private struct State {
        var file: FileHandle?
        var room: Int
    }

    private let state: Mutex<State>

    /// A log of at most so many bytes; without a file until one is opened.
    init(limit: Int) { state = Mutex(State(room: limit)) }

    /// Writes to a file from here on, behind what it holds, which counts: a run that is resumed
    /// often has no more than one that is not.
    func open(_ url: URL) throws {
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        if !FileManager.default.fileExists(atPath: url.path) { try Data().write(to: url) }
        let file = try FileHandle(forWritingTo: url)
        let size = Int(clamping: try file.seekToEnd())
        state.withLock { state in
            state.file = file
            state.room = max(0, state.room - size)
        }
    }

    /// Appends; what is beyond the limit is left out. A full disk does not end the run: the log is
    /// for people, and the scores do not depend on it.
    func append(_ bytes: [UInt8]) {
        state.withLock { state in
            guard let file = state.file, state.room > 0, !bytes.isEmpty else { return }
            try? file.write(contentsOf: Data(bytes.prefix(state.room)))
            state.room -= bytes.count
            if state.room <= 0 {
                try? file.write(contentsOf: Data("\n(more is left out)\n".utf8))
            }
        }
    }
}

/// The end of what one worker wrote to standard error.
struct LastWords {
    private var bytes: [UInt8] = []

    mutating func append(_ more: [UInt8]) {
        bytes += more.suffix(4_096)
        if bytes.count > 8_192 { bytes.removeFirst(bytes.count - 4_096) }
    }

    mutating func clear() { bytes = [] }

    /// The last lines, without control characters, each cut to what fits a screen.
    var lines: [String] {
        String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).suffix(8)
            .map { line in
                String(line.unicodeScalars.filter { $0.properties.generalCategory != .control })
            }
            .map { $0.count > 160 ? $0.prefix(160) + "…" : $0 }
    }
}
