import Synchronization

@testable import GRPOCommand

/// A sink that keeps what it is given, or fails with an error number.
final class Recorder: Sendable {
    private struct State {
        var writes: [(stream: StandardStream, text: String)] = []
        var failures: [StandardStream: Int32] = [:]
    }

    private let state = Mutex(State())

    /// The texts written to a stream.
    func writes(_ stream: StandardStream) -> [String] {
        state.withLock { $0.writes.filter { $0.stream == stream }.map(\.text) }
    }

    /// All that was written, in order, as both streams show on one terminal.
    var text: String { state.withLock { $0.writes.map(\.text).joined() } }

    /// From now on, writes to the stream fail; with 0, they do not.
    func fail(_ stream: StandardStream, with code: Int32) {
        state.withLock { $0.failures[stream] = code }
    }

    var sink: ByteSink {
        ByteSink { bytes, stream in
            self.state.withLock { state in
                state.writes.append((stream, String(decoding: bytes, as: UTF8.self)))
                return state.failures[stream] ?? 0
            }
        }
    }

    func terminal(
        _ style: Terminal.Style, width: Int = 80, usesColor: Bool = false
    ) -> Terminal {
        Terminal(
            style: style, isTerminal: style == .progress, usesColor: usesColor,
            errorUsesColor: usesColor, sink: sink, width: { width })
    }
}

/// A clock that stands still until it is set.
final class SettableClock {
    private let start = ContinuousClock.now
    var seconds = 0.0

    func now() -> ContinuousClock.Instant { start + .seconds(seconds) }
}
