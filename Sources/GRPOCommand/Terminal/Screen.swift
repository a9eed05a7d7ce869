import Foundation
import Synchronization

/// Lines that scroll up, above at most one line that is rewritten.
///
/// Lines come from the run and, as warnings, from the queue of the signals, while a progress bar
/// stands at the bottom: the lock keeps each of them in one piece.
final class Screen: Sendable {
    private struct State {
        var bottom: String?
        var closed: Set<StandardStream> = []
        var hasComplained = false
    }

    private static let eraseLine = "\r\u{1B}[K"
    private static let eraseRest = "\u{1B}[K"

    private let sink: ByteSink
    private let state = Mutex(State())

    /// A screen whose bytes go to the sink.
    init(_ sink: ByteSink) { self.sink = sink }

    /// Writes a line; the line at the bottom makes way for it and comes back below.
    func write(_ line: String, to stream: StandardStream) {
        state.withLock { state in
            guard let bottom = state.bottom else {
                return emit(line + "\n", to: stream, &state)
            }
            switch stream {
            case .output:
                emit(Self.eraseLine + line + "\n" + bottom, to: .output, &state)
            case .error:
                emit(Self.eraseLine, to: .output, &state)
                emit(line + "\n", to: .error, &state)
                emit(bottom, to: .output, &state)
            }
        }
    }

    /// Puts a line at the bottom, in place of the one there.
    ///
    /// The cursor is never hidden, so that there is nothing to restore where the process dies.
    func setBottom(_ line: String) {
        state.withLock { state in
            state.bottom = line
            // Erased after the text, not before: the line does not flicker.
            emit("\r" + line + Self.eraseRest, to: .output, &state)
        }
    }

    /// Leaves the line at the bottom where it is and puts the cursor below it.
    func releaseBottom() {
        state.withLock { release(&$0) }
    }

    /// The same for a process about to exit, which must not wait for a writer that is stuck.
    func releaseBottomNow() {
        _ = state.withLockIfAvailable { release(&$0) }
    }

    private func release(_ state: inout State) {
        guard state.bottom != nil else { return }
        state.bottom = nil
        emit("\n", to: .output, &state)
    }

    /// Writes; a stream without a reader falls silent, and no failure ends the run.
    private func emit(_ text: String, to stream: StandardStream, _ state: inout State) {
        guard !state.closed.contains(stream) else { return }
        let code = sink.write(Array(text.utf8), stream)
        switch code {
        case 0: break
        case EPIPE, EBADF, EIO: state.closed.insert(stream)
        default:
            // Such as a full disk: it may pass, so the next line is tried again.
            guard stream == .output, !state.hasComplained else { return }
            state.hasComplained = true
            let reason = String(cString: strerror(code))
            emit("warning: cannot write to standard output: \(reason)\n", to: .error, &state)
        }
    }
}
