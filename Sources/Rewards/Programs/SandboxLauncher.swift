import Foundation

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Starts a program with limits: what `grpo sandbox LIMITS -- COMMAND` does.
///
/// It is a process of its own, because limits and namespaces are set by a process for itself, and
/// the one that trains is to stay as it is. What could not be applied it says on standard error,
/// which is the worker's log. Then it becomes a shell, which needs little memory, and which can set
/// the one limit that this process, with libtorch in it, is above already.
public enum SandboxLauncher {
    /// The word behind `grpo`; no user needs it.
    public static let subcommand = "sandbox"

    /// How a line begins that names what the system did not allow.
    static let notApplied = "sandbox: not applied: "

    /// Runs a command with limits, to its end.
    ///
    /// - Parameter arguments: those behind `grpo sandbox`.
    public static func run(_ arguments: [String]) -> Never {
        let parts = arguments.split(separator: "--", maxSplits: 1).map(Array.init)
        guard parts.count == 2, let sandbox = Sandbox(flags: parts[0]), !parts[1].isEmpty else {
            say("sandbox: expected five limits, --, and a command")
            exit(2)
        }
        let confinement = Confinement(applying: sandbox)
        for missing in confinement.missing { say(notApplied + missing) }
        let limited =
            "ulimit -v \(sandbox.memoryMegabytes * 1_024) 2>/dev/null || "
            + "echo '\(notApplied)the limit of memory' >&2; exec \"$@\""
        let hasLifeline = confinement.hasNamespaces && openLifeline()
        let script = hasLifeline ? inNamespace(limited) : limited
        let words = (["/bin/sh", "-c", script, "sandbox"] + parts[1]).map { strdup($0) } + [nil]
        execv("/bin/sh", words)
        say("sandbox: /bin/sh: \(String(cString: strerror(errno)))")
        exit(127)
    }

    /// The first process in the namespace is a shell that waits for the end of the lifeline, whose
    /// other end only the outer shell holds; with it the system ends all others in the namespace,
    /// whatever group or session they moved to.
    private static func inNamespace(_ command: String) -> String {
        """
        sh -c 'trap "" TERM INT HUP; exec 4>&-; read -r line <&3 & wait' </dev/null >/dev/null 2>&1 &
        exec 3<&-
        trap : TERM INT HUP
        (exec 4>&-; \(command))
        status=$?
        if [ $status -gt 128 ]; then
            echo "sandbox: the program was ended by signal $((status - 128))" >&2
        fi
        exit $status
        """
    }

    /// Makes a pipe that is read at 3 and written at 4.
    private static func openLifeline() -> Bool {
        let ends = pipeOutOfTheWay()
        return ends.count == 2 && dup2(ends[0], 3) == 3 && dup2(ends[1], 4) == 4
    }

    /// Above the numbers that are wanted, which the pipe itself may have had.
    private static func pipeOutOfTheWay() -> [Int32] {
        guard let pipe = try? Descriptor.pipe() else { return [] }
        return [pipe.reading, pipe.writing].map { fcntl($0.number, F_DUPFD_CLOEXEC, 10) }
    }

    private static func say(_ text: String) {
        FileHandle.standardError.write(Data("\(text)\n".utf8))
    }
}
