import Foundation

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A call of the system that failed.
struct SystemError: Error, CustomStringConvertible {
    let call: String
    let number: Int32

    init(_ call: String, _ number: Int32 = errno) {
        self.call = call
        self.number = number
    }

    var description: String { "\(call): \(String(cString: strerror(number)))" }
}

/// An open file descriptor that no program started from here inherits; closed when it is let go.
final class Descriptor {
    let number: Int32

    /// Takes over an open descriptor.
    init(_ open: Int32) throws(SystemError) {
        // Above 2, so that handing it over as a standard stream can never meet itself.
        let raised = fcntl(open, F_DUPFD_CLOEXEC, 3)
        let problem = errno
        close(open)
        guard raised >= 0 else { throw SystemError("fcntl", problem) }
        number = raised
    }

    deinit { close(number) }

    /// A pipe: what is written to the second is read from the first.
    static func pipe() throws(SystemError) -> (reading: Descriptor, writing: Descriptor) {
        var ends: [Int32] = [-1, -1]
        guard systemPipe(&ends) == 0 else { throw SystemError("pipe") }
        let reading: Descriptor
        do { reading = try Descriptor(ends[0]) } catch {
            close(ends[1])
            throw error
        }
        return (reading, try Descriptor(ends[1]))
    }

    /// Reading and writing return at once from here on.
    func setNonBlocking() { _ = fcntl(number, F_SETFL, fcntl(number, F_GETFL) | O_NONBLOCK) }

    /// What became of an attempt to read or write.
    enum Outcome {
        /// So many bytes were moved.
        case moved(Int)
        /// Not now.
        case wouldBlock
        /// The other end is closed, or the descriptor is broken.
        case ended
    }

    /// Appends what there is to `buffer`, at most `limit` bytes.
    func read(into buffer: inout [UInt8], limit: Int = 65_536) -> Outcome {
        var chunk = [UInt8](repeating: 0, count: limit)
        let count = systemRead(number, &chunk, limit)
        let outcome = Self.outcome(count)
        if case .moved(let count) = outcome { buffer += chunk[..<count] }
        return outcome
    }

    /// Writes as much as goes at once.
    func write(_ bytes: ArraySlice<UInt8>) -> Outcome {
        Self.outcome(bytes.withUnsafeBytes { systemWrite(number, $0.baseAddress, $0.count) })
    }

    private static func outcome(_ count: Int) -> Outcome {
        if count > 0 { return .moved(count) }
        if count < 0, [EAGAIN, EWOULDBLOCK, EINTR].contains(errno) { return .wouldBlock }
        return .ended
    }

    /// Waits until one of several can be read or written, or the deadline.
    ///
    /// - Parameters:
    ///   - wanted: descriptors with `POLLIN` or `POLLOUT`.
    ///   - deadline: when the wait ends in any case.
    /// - Returns: for each, whether something can be done: data, room, or its end.
    static func wait(
        for wanted: [(Descriptor, Int32)], until deadline: ContinuousClock.Instant
    ) -> [Bool] {
        var polled = wanted.map { pollfd(fd: $0.number, events: Int16($1), revents: 0) }
        let left = (deadline - .now).seconds
        let milliseconds = Int32(max(0, min(60_000, (left * 1_000).rounded(.up))))
        guard poll(&polled, nfds_t(polled.count), milliseconds) > 0 else {
            return wanted.map { _ in false }
        }
        return polled.map { $0.revents != 0 }
    }
}

extension Duration {
    /// The same in seconds.
    var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }
}

// The names of the system's functions are those of the methods above.
private func systemPipe(_ ends: inout [Int32]) -> Int32 { pipe(&ends) }

private func systemRead(_ number: Int32, _ buffer: inout [UInt8], _ count: Int) -> Int {
    read(number, &buffer, count)
}

private func systemWrite(_ number: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    write(number, bytes, count)
}

/// Keeps writing to a closed pipe from raising a signal on this thread.
func blockBrokenPipeSignal() {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGPIPE)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
}
