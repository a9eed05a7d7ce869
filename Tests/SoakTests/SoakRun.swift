import Foundation
import LanguageModels
import TestSupport

/// A run of the program in a folder, with a small model, some prompts and a reward program.
struct SoakRun {
    let folder: URL

    init(_ folder: URL, model: [String] = ["--size", "nano"]) throws {
        self.folder = folder
        _ = try shell([], ["init", "model"] + model)
        let rows = (0..<16).map { "{\"prompt\": \"\($0)+1=\", \"answer\": \"\($0 + 1)\"}\n" }
        try write(rows.joined(), "data.jsonl")
        let reward = """
            while read -r line; do id=${line#*:}; id=${id%%,*}; sleep 0.05
            echo "{\\"id\\":$id,\\"reward\\":$((id % 3))}"; done

            """
        try write(reward, "reward.sh")
    }

    /// A reward program, saving and evaluating, so that a signal may meet any of them.
    var everyPhase: [String] {
        [
            "--reward",
            "{kind: program, name: judge, command: [sh, \"\(path("reward.sh"))\"]}",
            "--test", "data.jsonl", "--set", "training.save_every=3", "--set",
            "evaluate.every=4",
        ]
    }

    /// What the program wrote to standard error.
    var errors: String { (try? text("errors")) ?? "" }

    func text(_ name: String) throws -> String {
        try String(contentsOf: folder.appending(path: name), encoding: .utf8)
    }

    func arguments(steps: Int, _ more: [String] = [], output: String = "run") -> [String] {
        [
            "train", "--model", "model", "--train", "data.jsonl", "--output", output, "--steps",
            "\(steps)", "--group-size", "2", "--prompts-per-step", "2", "--max-new-tokens", "4",
            "--learning-rate", "1e-3", "--set", "threads=1",
        ] + (more.contains("--reward") ? [] : ["--reward", "{kind: pattern, expression: '[a-m]'}"])
            + more
    }

    /// Trains, within a limit of the shell's where one is given; then for a minute at most.
    func train(
        steps: Int, _ more: [String] = [], limit: String? = nil,
        environment: [String: String] = [:],
        whileRunning: (Process) throws -> Void = { _ in }
    ) throws -> (status: Int32, reason: Process.TerminationReason) {
        let shell =
            limit.map {
                [
                    "/bin/sh", "-c",
                    "ulimit -c 0; ulimit \($0) || exit 99; exec timeout -k 1 60 \"$0\" \"$@\"",
                ]
            } ?? []
        return try self.shell(
            shell, arguments(steps: steps, more), environment: environment,
            whileRunning: whileRunning)
    }

    /// Runs a command, which the program and its arguments follow.
    func shell(
        _ command: [String], _ arguments: [String], environment: [String: String] = [:],
        whileRunning: (Process) throws -> Void = { _ in }
    ) throws -> (status: Int32, reason: Process.TerminationReason) {
        let words = command + [Program("grpo").file.path] + arguments
        let process = Process()
        process.executableURL = URL(filePath: words[0])
        process.arguments = Array(words.dropFirst())
        process.currentDirectoryURL = folder
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try write("", "errors")
        process.standardError = try FileHandle(forWritingTo: folder.appending(path: "errors"))
        try process.run()
        try whileRunning(process)
        process.waitUntilExit()
        return (process.terminationStatus, process.terminationReason)
    }

    /// The reward program hangs from now on, having said so, and so does its child.
    func blockRewards() throws {
        try write("touch '\(path("blocked"))'; sleep 300; sleep 300", "reward.sh")
    }

    /// Whether the reward program hangs.
    var rewardsAreBlocked: Bool { FileManager.default.fileExists(atPath: path("blocked")) }

    /// Whether a failpoint's pause has begun.
    var isPaused: Bool { errors.contains("failpoint ") }

    /// Waits for so many seconds at most, and no longer than a process runs.
    ///
    /// - Returns: whether it has come.
    static func wait(
        _ seconds: Double, for process: Process? = nil, _ hasCome: () -> Bool
    ) -> Bool {
        let end = Date.now.addingTimeInterval(seconds)
        while !hasCome() {
            guard Date.now < end, process?.isRunning ?? true else { return hasCome() }
            usleep(5_000)
        }
        return true
    }

    /// Prompts of 480 tokens, whose passes take a hundred megabytes.
    func writeLongPrompts() throws {
        let rows = (0..<8).map { row in
            let text = String(repeating: "\(row) + 1 = ", count: 60)
            return "{\"prompt\": \"\(text)\", \"answer\": \"\(row + 1)\"}\n"
        }
        try write(rows.joined(), "data.jsonl")
    }

    /// The last weight becomes NaN.
    func spoilModel() throws {
        let file = folder.appending(path: "model/model.safetensors")
        var data = try Data(contentsOf: file)
        data.replaceSubrange(data.count - 4..<data.count, with: [0, 0, 0xC0, 0x7F])
        try data.write(to: file)
    }

    /// The processes and partial files that are left, and models that cannot be loaded.
    func leftovers() -> [String] {
        let processes = Processes.left(naming: folder.lastPathComponent)
        let files = FileManager.default.subpaths(atPath: folder.path) ?? []
        let broken = files.filter { $0.hasPrefix("run/") && $0.hasSuffix("/config.json") }.filter {
            let model = folder.appending(path: $0).deletingLastPathComponent()
            return (try? LanguageModel(folder: model)) == nil
        }
        return processes + files.filter { $0.contains("partial") } + broken
    }

    private func path(_ name: String) -> String { folder.appending(path: name).path }

    private func write(_ text: String, _ name: String) throws {
        try Data(text.utf8).write(to: folder.appending(path: name))
    }
}
