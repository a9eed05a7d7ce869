import Foundation
import Testing

@testable import Rewards

/// What a sandboxed program cannot do. What the system does not allow to be taken away is said in the
/// log, and is not claimed here.
@Suite(.enabled(if: hasLauncher())) struct SandboxTests {
    /// The answer's log of a script in the sandbox, and what the sandbox said.
    private func run(
        _ body: String, _ change: (inout Sandbox) -> Void = { _ in }
    ) async throws -> (log: String, said: String) {
        let script = try Script(
            Script.each(
                "LOG=$(\(body)); " + #"echo "{\"id\":$id,\"reward\":1,\"log\":\"$LOG\"}""#))
        let reward = try script.reward { settings in
            var sandbox = Sandbox()
            change(&sandbox)
            settings.sandbox = sandbox
        }
        let file = script.folder.appending(path: "log")
        try reward.source?.log(to: file)
        let answer = try await reward.source?.answer(RewardInput(completion: ""))
        let said = try String(contentsOf: file, encoding: .utf8)
        try script.finish(reward)
        return (answer?.log?.text ?? "", said)
    }

    @Test func theLimitsHold() async throws {
        let (log, said) = try await run("echo $(ulimit -t; ulimit -v; ulimit -n; ulimit -c)") {
            $0.cpuSeconds = 77
            $0.memoryMegabytes = 300
            $0.openFiles = 55
        }
        #expect(log == "77 307200 55 0")
        #expect(!said.contains("processor") && !said.contains("memory"))
    }

    @Test func aFileThatGrowsTooLargeIsCut() async throws {
        let (log, _) = try await run(
            #"head -c 3000000 /dev/zero 2>/dev/null >"$FOLDER/big"; wc -c <"$FOLDER/big""#
        ) { $0.fileMegabytes = 1 }
        #expect(log.trimmingCharacters(in: .whitespaces) == "1048576")
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/proc/self/net/dev")))
    func thereIsNoNetwork() async throws {
        let (log, said) = try await run("grep : /proc/self/net/dev | grep -cv lo:")
        if !said.contains("not applied: a network") { #expect(log == "0") }
    }

    @Test(.enabled(if: has("setsid")))
    func whoLeavesTheGroupEndsWithTheProgram() async throws {
        // It says its process and its session, as they are called where it runs: the same number.
        let (log, _) = try await run(
            #"setsid sh -c 'read -r pid _ _ _ group _ </proc/self/stat; "#
                + #"echo $((pid == group)) >"$FOLDER/group"; sleep 100' >/dev/null 2>&1 & "#
                + #"for i in 1 2 3 4 5 6 7 8 9; do [ -s "$FOLDER/group" ] && break; sleep 0.1; done; "#
                + #"cat "$FOLDER/group""#)
        #expect(log == "1")
        // `run` has closed the program, and asked that nothing of it is left.
    }

    /// The system sets none for root, and one of all of a user's without namespaces: that is said.
    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/proc/self/limits")))
    func processesAreLimitedOrThatIsSaid() async throws {
        let (log, said) = try await run(
            "grep 'Max processes' /proc/self/limits | tr -s ' ' | cut -d ' ' -f 3,4"
        ) { $0.processes = 33 }
        let isSaid = said.contains("not applied: the limit of processes")
        #expect((log == "33 33") != isSaid, "\(log): \(said)")
    }

    @Test(.enabled(if: has("python3")))
    func memoryIsLimited() async throws {
        let (log, _) = try await run(
            "python3 -c 'bytearray(900 << 20)' 2>/dev/null && echo taken || echo refused"
        ) { $0.memoryMegabytes = 500 }
        #expect(log == "refused")
    }

    @Test func theProgramsEndIsReported() async throws {
        let script = try Script("read -r line; echo bye >&2; exit 5")
        let reward = try script.reward { $0.sandbox = Sandbox() }
        guard case .ended("test", "exit status 5", let errors) = await reward.failure() else {
            Issue.record("expected its end")
            return
        }
        #expect(errors.last == "bye")
        try script.finish(reward)
    }

    @Test func aLongLifeEndsBetweenRequests() async throws {
        let script = try Script(Script.each("sleep 0.6; \(Script.answer("$$"))"))
        let reward = try script.reward {
            var sandbox = Sandbox()
            sandbox.cpuSeconds = 1
            $0.sandbox = sandbox
        }
        for _ in 0..<2 { #expect(try await reward.score() != nil) }
        #expect(reward.source?.counts.restarts == 1)
        try script.finish(reward)
    }

    @Test func limitsAreReadAsTheyAreWritten() {
        var sandbox = Sandbox()
        sandbox.processes = 9
        #expect(Sandbox(flags: sandbox.flags) == sandbox)
        #expect(Sandbox(flags: ["1", "2"]) == nil)
        #expect(Sandbox(flags: ["1", "2", "3", "4", "x"]) == nil)
    }
}
