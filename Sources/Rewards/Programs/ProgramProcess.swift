import Foundation
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A running program with its descendants: a process group of its own.
///
/// The group is led by a guardian, a shell that waits for the end of a pipe whose other end only
/// this process holds. Should this process die, of whatever cause, the guardian ends the group; and
/// as long as the guardian is not reaped, the group's number is not given to anyone else.
final class ProgramProcess {
    /// What the program reads; `nil` once it is closed.
    private(set) var input: Descriptor?
    /// What it writes.
    let output: Descriptor
    /// Where it complains.
    let errors: Descriptor
    private let program: pid_t
    private let guardian: pid_t
    private let lifeline: Descriptor
    private var status: Int32?
    private var isOver = false

    /// Starts a program.
    ///
    /// - Parameter command: the program and its arguments.
    /// - Throws: what the system says where it cannot be started.
    init(_ command: [String]) throws(SystemError) {
        let started: Result<Started, SystemError> = Spawn.lock.withLock { _ in
            Result { () throws(SystemError) in try Started(command) }
        }
        let parts = try started.get()
        (input, output, errors) = (parts.input, parts.output, parts.errors)
        (program, guardian, lifeline) = (parts.program, parts.guardian, parts.lifeline)
        for stream in [input, output, errors] { stream?.setNonBlocking() }
    }

    /// A group is made first, so that the program never runs outside of it.
    private struct Started {
        let input, output, errors, lifeline: Descriptor
        let program, guardian: pid_t

        init(_ command: [String]) throws(SystemError) {
            let toProgram = try Descriptor.pipe()
            let fromProgram = try Descriptor.pipe()
            let complaints = try Descriptor.pipe()
            let life = try Descriptor.pipe()
            guardian = try Spawn(
                arguments: [
                    "/bin/sh", "-c", "trap '' TERM INT HUP; read -r line; kill -KILL 0",
                    "guardian of \(command.joined(separator: " "))",
                ],
                group: 0, streams: [life.reading, nil, nil]
            ).start()
            do {
                program = try Spawn(
                    arguments: command, group: guardian,
                    streams: [toProgram.reading, fromProgram.writing, complaints.writing]
                ).start()
            } catch {
                kill(-guardian, SIGKILL)
                _ = ProgramProcess.reap(guardian, within: .seconds(5))
                throw error
            }
            (input, output, errors) = (toProgram.writing, fromProgram.reading, complaints.reading)
            lifeline = life.writing
        }
    }

    deinit { if !isOver { end(grace: .zero) } }

    /// Whether the program itself has ended, though others may hold its output.
    var hasEnded: Bool {
        status = status ?? Self.reap(program, within: .zero)
        return status != nil
    }

    /// Ends the program and all that it started: asks first, then kills.
    ///
    /// - Parameters:
    ///   - patience: how long the program may take to end by itself, now that its input is closed.
    ///   - grace: how long it has after SIGTERM.
    /// - Returns: how the program ended, in words.
    @discardableResult
    func end(patience: Duration = .zero, grace: Duration) -> String {
        input = nil
        status = status ?? Self.reap(program, within: patience)
        kill(-guardian, SIGTERM)
        if status == nil { status = Self.reap(program, within: grace) }
        kill(-guardian, SIGKILL)
        if status == nil { status = Self.reap(program, within: .seconds(5)) ?? SIGKILL }
        _ = Self.reap(guardian, within: .seconds(5))
        isOver = true
        return Self.words(status ?? 0)
    }

    /// How a process ended; `nil` where it still runs.
    private static func reap(_ process: pid_t, within limit: Duration) -> Int32? {
        let deadline = ContinuousClock.now + limit
        var pause = 0.001
        while true {
            var status: Int32 = 0
            let found = waitpid(process, &status, WNOHANG)
            if found == process { return status }
            if found < 0, errno != EINTR { return 0 }
            guard ContinuousClock.now < deadline else { return nil }
            Thread.sleep(forTimeInterval: pause)
            pause = min(pause * 2, 0.02)
        }
    }

    private static func words(_ status: Int32) -> String {
        let signal = status & 0x7F
        return signal == 0 ? "exit status \((status >> 8) & 0xFF)" : "signal \(signal)"
    }
}
