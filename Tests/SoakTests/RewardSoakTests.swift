import Foundation
import Testing

@testable import Rewards

/// Reward programs that misbehave at a request drawn by a seed, again and again.
///
/// Survived: every completion has its score or a failure, none has another score, what the programs
/// did before has theirs, and no process is left, the programs' children among them.
@Suite(.serialized, .enabled(if: Soak.isAsked)) struct RewardSoakTests {
    static let misdeeds = [
        ("hangs", "sleep 100"), ("crashes in a batch", "exit 3"),
        ("its child holds the pipe", "sleep 100 & exit 0"), ("prints garbage", "echo '{\"id\":'"),
        ("partial UTF-8", "printf '{\"id\":1,\"log\":\"\\303'; echo"),
        ("a line of 100 MB", "head -c 100000000 /dev/zero | tr '\\0' x; echo"),
        ("answers an old batch", "echo \"{\\\"id\\\":$first,\\\"reward\\\":9}\""),
        ("ignores SIGTERM", "trap '' TERM; sleep 100; sleep 100"),
        ("floods standard error", "head -c 9000000 /dev/zero | tr '\\0' e >&2"),
        ("never reads again", "exec sleep 100"),
    ]

    @Test(arguments: misdeeds)
    func everyCompletionIsScoredOrFailed(name: String, misdeed: String) async throws {
        let seeds = Soak.isShort ? 2 : 10
        var survived = 0
        var failures = 0
        for seed in 0..<seeds {
            let request = 2 + (seed * 7 + 3) % 10
            let found = try await outcome(misdeed, at: request)
            failures += found.scores.count { $0 == nil }
            let isRight = found.scores.allSatisfy { $0 == nil || $0 == 1 }
            // A program gives so many before it loses a batch of three.
            let isOfUse =
                found.scores.count { $0 == 1 } >= 24 * (request - 1) / (request + 2) - 2
            #expect(isRight && isOfUse && found.leftovers.isEmpty, "seed \(seed): \(found)")
            if isRight, isOfUse, found.leftovers.isEmpty { survived += 1 }
        }
        #expect(survived == seeds)
        try Soak.record(
            suite: "reward", case: name, tried: seeds, survived: survived,
            note: "\(failures) of \(seeds * 24) completions failed")
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
        // Children inherit the mark, whatever they are called.
        let script = """
            export SOAK_MARK=\(folder.lastPathComponent)
            count=0
            while read -r line; do
              id=${line#*:}; id=${id%%,*}; first=${first:-$id}; count=$((count + 1))
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
        return (scores, Processes.left(naming: folder.lastPathComponent))
    }
}
