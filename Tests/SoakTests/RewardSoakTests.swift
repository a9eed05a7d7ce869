import Foundation
import Testing

@testable import Rewards

/// Reward programs that misbehave at a request drawn by a seed, again and again.
///
/// Survived: every completion has its score or a failure, none has another score, and no process is
/// left.
@Suite(.serialized, .enabled(if: Soak.isAsked)) struct RewardSoakTests {
    static let misdeeds = [
        ("hangs", "sleep 100"), ("crashes in a batch", "exit 3"),
        ("its child holds the pipe", "sleep 100 & exit 0"), ("prints garbage", "echo '{\"id\":'"),
        ("partial UTF-8", "printf '{\"id\":1,\"log\":\"\\303'; echo"),
        ("a line of 100 MB", "head -c 100000000 /dev/zero | tr '\\0' x; echo"),
        ("answers an old batch", "echo \"{\\\"id\\\":1,\\\"reward\\\":9}\""),
        ("ignores SIGTERM", "trap '' TERM; sleep 100; sleep 100"),
        ("floods standard error", "head -c 9000000 /dev/zero | tr '\\0' e >&2"),
        ("never reads again", "exec sleep 100"),
    ]

    @Test(arguments: misdeeds)
    func everyCompletionIsScoredOrFailed(name: String, misdeed: String) async throws {
        let seeds = 10
        var survived = 0
        var failures = 0
        for seed in 0..<seeds {
            let found = try await outcome(misdeed, at: 2 + (seed * 7 + 3) % 10)
            failures += found.scores.count { $0 == nil }
            if found.scores.allSatisfy({ $0 == nil || $0 == 1 }), found.leftovers.isEmpty {
                survived += 1
            }
        }
        #expect(survived == seeds)
        try Soak.record(
            suite: "reward", case: name, tried: seeds, survived: survived,
            note: "\(failures) of \(seeds * 24) completions failed, none had a wrong score")
    }

    /// 24 completions for two workers, of which each misbehaves at its request of that number.
    private func outcome(
        _ misdeed: String, at request: Int
    ) async throws -> (scores: [Double?], leftovers: [String]) {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "grpo-soak-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "reward.sh")
        let script = """
            count=0
            while read -r line; do
              id=${line#*:}; id=${id%%,*}; count=$((count + 1))
              if [ $count = \(request) ]; then \(misdeed); fi
              echo "{\\"id\\":$id,\\"reward\\":1}"
            done

            """
        try Data(script.utf8).write(to: file)
        var settings = ProgramSettings(command: ["/bin/sh", file.path])
        (settings.workers, settings.batchSize, settings.timeout) = (2, 3, 2)
        (settings.startTimeout, settings.attempts) = (0, 50)
        (settings.grace, settings.firstBackOff) = (.milliseconds(200), .milliseconds(10))
        let reward = try #require(try Reward.program(name: "test", settings).first)
        let scores = await withTaskGroup(of: Double?.self) { tasks in
            for place in 0..<24 {
                tasks.addTask { try? await reward.score(RewardInput(completion: "\(place)")) }
            }
            return await tasks.reduce(into: [Double?]()) { $0.append($1) }
        }
        reward.source?.close()
        return (scores, Processes.naming(folder.lastPathComponent))
    }
}

/// What runs on this machine.
enum Processes {
    /// The command lines in which, or in whose environment, a word stands.
    static func naming(_ word: String) -> [String] {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return all.filter { Int($0) != nil }.compactMap { process in
            let line = read("/proc/\(process)/cmdline") + read("/proc/\(process)/environ")
            return line.contains(word) ? line.replacing("\0", with: " ") : nil
        }
    }

    private static func read(_ path: String) -> String {
        String(decoding: (try? Data(contentsOf: URL(filePath: path))) ?? Data(), as: UTF8.self)
    }
}
