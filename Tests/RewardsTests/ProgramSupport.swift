import Foundation
import Testing

@testable import Rewards

/// A reward program of a test: a shell script in a folder of its own.
///
/// The folder's name is in the command lines and the environment of all that the script starts, so
/// that whatever is left over is found.
struct Script {
    let folder: URL
    let file: URL

    /// Does `commands` for each request, whose number is `$id`.
    static func each(_ commands: String) -> String {
        "while read -r line; do id=${line#*:}; id=${id%%,*}; \(commands); done"
    }

    /// Answers with a reward, in JSON.
    static func answer(_ reward: String = "1") -> String {
        #"echo "{\"id\":$id,\"reward\":\#(reward)}""#
    }

    init(_ body: String) throws {
        folder = FileManager.default.temporaryDirectory
            .appending(path: "grpo-program-\(UUID().uuidString)")
        file = folder.appending(path: "reward.sh")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let text = "FOLDER='\(folder.path)'; export FOLDER\n\(body)\n"
        try Data(text.utf8).write(to: file)
    }

    /// A single worker with short limits.
    var settings: ProgramSettings {
        var settings = ProgramSettings(command: ["/bin/sh", file.path])
        settings.workers = 1
        settings.timeout = 20
        settings.startTimeout = 0
        settings.grace = .milliseconds(200)
        settings.firstBackOff = .milliseconds(10)
        return settings
    }

    func reward(
        _ change: (inout ProgramSettings) -> Void = { _ in }
    ) throws -> Reward {
        var settings = settings
        change(&settings)
        return try #require(try Reward.program(name: "test", settings).first)
    }

    /// Closes the program; then nothing of it may be left.
    func finish(_ reward: Reward) throws {
        reward.source?.close()
        #expect(leftovers() == [])
        try FileManager.default.removeItem(at: folder)
    }

    /// The command lines of processes that the script, or its guardian, still has.
    func leftovers() -> [String] {
        let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return processes.filter { Int($0) != nil }.compactMap { process in
            let line = Self.read("/proc/\(process)/cmdline")
            let environment = Self.read("/proc/\(process)/environ")
            let isOurs = (line + environment).contains(folder.lastPathComponent)
            return isOurs ? line.replacing("\0", with: " ") : nil
        }
    }

    private static func read(_ path: String) -> String {
        String(decoding: (try? Data(contentsOf: URL(filePath: path))) ?? Data(), as: UTF8.self)
    }
}

extension Reward {
    /// What the reward program failed with on a completion; `nil` where it gave a score.
    func failure(_ completion: String = "text") async -> RewardProgramError? {
        do {
            _ = try await score(RewardInput(completion: completion))
            return nil
        } catch {
            return error as? RewardProgramError
        }
    }

    func score(_ completion: String = "text") async throws -> Double? {
        try await score(RewardInput(completion: completion))
    }

    /// Scores several at once.
    func scores(_ count: Int) async -> [Double?] {
        await withTaskGroup(of: Double?.self) { tasks in
            for place in 0..<count { tasks.addTask { try? await score("\(place)") } }
            return await tasks.reduce(into: []) { $0.append($1) }
        }
    }
}

/// Whether a program of that name is in PATH.
func has(_ program: String) -> Bool { isProgram(program) }

/// Whether there is a `grpo` for sandboxes: it is built with the tests and lies beside them.
func hasLauncher() -> Bool { (try? Sandbox().command(["true"], reward: "test")) != nil }
