import Foundation

/// What a reward program may not do: reach the network, see other processes, or take more than its
/// share.
///
/// It keeps a mistake, or a completion's code, from harming the run and the machine. It hides no
/// file: what the user may read and write, the program may.
public struct Sandbox: Sendable, Equatable {
    /// Seconds of processor time of one process; the program is replaced in time between requests.
    public var cpuSeconds = 600
    /// Megabytes of address space of one process.
    public var memoryMegabytes = 4_096
    /// Files that one process may have open.
    public var openFiles = 256
    /// Megabytes of one file that is written.
    public var fileMegabytes = 100
    /// Processes and threads of one worker.
    public var processes = 64

    /// The usual limits.
    public init() {}

    /// The limits as the launcher reads them.
    var flags: [String] {
        [cpuSeconds, memoryMegabytes, openFiles, fileMegabytes, processes].map(String.init)
    }

    init?(flags: [String]) {
        let numbers = flags.compactMap { Int($0) }.filter { $0 > 0 && $0 < 1 << 40 }
        guard numbers.count == 5, flags.count == 5 else { return nil }
        (cpuSeconds, memoryMegabytes, openFiles) = (numbers[0], numbers[1], numbers[2])
        (fileMegabytes, processes) = (numbers[3], numbers[4])
    }

    /// The command that starts another one with these limits.
    ///
    /// - Throws: `RewardProgramError.noLauncher` where `grpo`, which does it, is nowhere to be found.
    func command(_ command: [String], reward: String) throws(RewardProgramError) -> [String] {
        let candidates = Self.launchers
        guard
            let launcher = candidates.first(where: {
                FileManager.default.isExecutableFile(atPath: $0)
            })
        else { throw .noLauncher(reward: reward, looked: candidates) }
        return [launcher, SandboxLauncher.subcommand] + flags + ["--"] + command
    }

    /// Where the program `grpo` may lie: it is this one, or beside it, or in PATH.
    private static var launchers: [String] {
        let own = Bundle.main.executableURL ?? URL(filePath: CommandLine.arguments[0])
        let resolved = own.resolvingSymlinksInPath().deletingLastPathComponent()
        let folders = [resolved, own.deletingLastPathComponent()].map(\.path) + searchPath
        var seen: Set<String> = []
        return folders.map { $0 + "/grpo" }.filter { seen.insert($0).inserted }
    }
}

/// The folders of PATH.
private var searchPath: [String] {
    (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
        .map(String.init)
}

/// Whether a program can be started by that name: a path, or a file in a folder of PATH.
func isProgram(_ name: String) -> Bool {
    let files = FileManager.default
    if name.contains("/") { return files.isExecutableFile(atPath: name) }
    return searchPath.contains { files.isExecutableFile(atPath: "\($0)/\(name)") }
}
