import Foundation
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// How a program is started.
struct Spawn {
    /// The program, looked for in PATH where it has no slash, and its arguments.
    var arguments: [String]
    /// `NAME=value`
    var environment: [String] = Self.ownEnvironment
    /// The process group that it joins; 0 for a new one, which it leads; `nil` for ours.
    var group: pid_t?
    /// What its standard input, output and error are; `nil` for `/dev/null`.
    var streams: [Descriptor?] = [nil, nil, nil]

    /// Ours, and that Python shall write answers as they are printed.
    static var ownEnvironment: [String] {
        ProcessInfo.processInfo.environment
            .merging(["PYTHONUNBUFFERED": "1"]) { own, _ in own }
            .map { "\($0)=\($1)" }
    }

    /// Two threads that start programs at once could each let the other's program inherit a
    /// descriptor in the moment before it is marked; and a pipe whose other end is held never ends.
    static let lock = Mutex(())

    /// Starts the program.
    ///
    /// No descriptor but the three streams is passed on, and signals are as a new program expects
    /// them.
    ///
    /// - Returns: its process identifier.
    func start() throws(SystemError) -> pid_t {
        var actions = fileActions()
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (place, stream) in streams.enumerated() {
            if let stream {
                posix_spawn_file_actions_adddup2(&actions, stream.number, Int32(place))
            } else {
                posix_spawn_file_actions_addopen(&actions, Int32(place), "/dev/null", O_RDWR, 0)
            }
        }
        for number in Self.inheritedDescriptors() {
            posix_spawn_file_actions_addclose(&actions, number)
        }
        var attributes = self.attributes()
        defer { posix_spawnattr_destroy(&attributes) }
        let words = arguments.map { strdup($0) } + [nil]
        let variables = environment.map { strdup($0) } + [nil]
        defer { for word in words + variables { free(word) } }
        guard let program = arguments.first else { throw SystemError("posix_spawn", EINVAL) }
        var process: pid_t = 0
        let problem = posix_spawnp(&process, program, &actions, &attributes, words, variables)
        guard problem == 0 else { throw SystemError("posix_spawn", problem) }
        return process
    }

    #if canImport(Darwin)
    private func fileActions() -> posix_spawn_file_actions_t? {
        var actions: posix_spawn_file_actions_t?
        posix_spawn_file_actions_init(&actions)
        return actions
    }

    private func attributes() -> posix_spawnattr_t? {
        var attributes: posix_spawnattr_t?
        posix_spawnattr_init(&attributes)
        var (none, all) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        if let group { posix_spawnattr_setpgroup(&attributes, group) }
        posix_spawnattr_setflags(&attributes, Int16(flags | POSIX_SPAWN_CLOEXEC_DEFAULT))
        return attributes
    }

    /// `POSIX_SPAWN_CLOEXEC_DEFAULT` sees to them.
    private static func inheritedDescriptors() -> [Int32] { [] }
    #else
    private func fileActions() -> posix_spawn_file_actions_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        return actions
    }

    private func attributes() -> posix_spawnattr_t {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        var (none, all) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        if let group { posix_spawnattr_setpgroup(&attributes, group) }
        posix_spawnattr_setflags(&attributes, Int16(flags))
        return attributes
    }

    /// Those that someone else opened without the mark that closes them in a new program.
    private static func inheritedDescriptors() -> [Int32] {
        let names = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
        return (names ?? []).compactMap { Int32($0) }.filter { number in
            let marks = fcntl(number, F_GETFD)
            return number > 2 && marks >= 0 && marks & FD_CLOEXEC == 0
        }
    }
    #endif

    private var flags: Int32 {
        let signals = Int32(POSIX_SPAWN_SETSIGDEF) | Int32(POSIX_SPAWN_SETSIGMASK)
        return group == nil ? signals : signals | Int32(POSIX_SPAWN_SETPGROUP)
    }
}
