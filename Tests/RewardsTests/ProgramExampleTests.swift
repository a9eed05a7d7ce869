import Foundation
import Testing

@testable import Rewards

/// The programs of Examples/rewards.
@Suite(.enabled(if: has("python3"))) struct ProgramExampleTests {
    private static let examples = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Examples/rewards")

    private func source(
        _ command: [String], outputs: [String] = [], batchSize: Int = 1
    ) throws -> RewardSource {
        var settings = ProgramSettings(command: command)
        settings.workers = 1
        settings.outputs = outputs
        settings.batchSize = batchSize
        return try #require(try Reward.program(name: "example", settings).sources.first)
    }

    private func path(_ name: String) -> String { Self.examples.appending(path: name).path }

    @Test(arguments: [["python3", "reward.py"], ["sh", "reward.sh"]])
    func theSmallOnesScore(command: [String]) async throws {
        let source = try source([command[0], path(command[1])])
        let right = RewardInput(prompt: "2+3=", completion: "It is, \"say\", 5.", answer: "5")
        #expect(try await source.answer(right).rewards == [1])
        let wrong = RewardInput(prompt: "7", completion: "I \\ do not\nknow", answer: "5")
        #expect(try await source.answer(wrong).rewards == [0])
        source.close()
    }

    @Test func functionsOfTRLScoreThroughTheAdapter() async throws {
        let functions = try Script("").folder.appending(path: "functions.py")
        let text = """
            def length(prompts, completions, **kwargs):
                print("noise")
                return [float(len(text)) for text in completions]

            async def known(prompts, completions, answer, log_extra, level=None, **kwargs):
                if "fail" in completions[0]:
                    raise KeyError("solution")
                log_extra("levels", level)
                return [None if a is None else float(a in c) for a, c in zip(answer, completions)]
            """
        try Data(text.utf8).write(to: functions)
        let source = try source(
            ["python3", path("trl_adapter.py"), functions.path, "length", "known"],
            outputs: ["known", "length"], batchSize: 8)
        let row: [String: JSONValue] = ["level": .number(3), "answer": .string("5")]
        let answer = try await source.answer(RewardInput(completion: "= 5", row: row))
        #expect(answer.rewards == [1, 3])
        #expect(answer.log == .object(["levels": .number(3)]))
        let unknown = RewardInput(completion: "=", row: ["level": .null, "answer": .null])
        #expect(try await source.answer(unknown).rewards == [nil, 1])
        await #expect(
            throws: RewardProgramError.refused(
                reward: "example", reason: #""KeyError: \'solution\'""#)
        ) { _ = try await source.answer(RewardInput(completion: "fail", row: row)) }
        source.close()
        try FileManager.default.removeItem(at: functions.deletingLastPathComponent())
    }

    @Test(arguments: [
        ("Here:\n```python\ndef add(a, b): return a + b\n```\n", 1.0, [true, true]),
        ("def add(a, b): return 3", 0.5, [true, false]),
        ("import sys; sys.exit(0)", 0.0, [false, false]),
        ("x = bytearray(2 << 30)\ndef add(a, b): return a + b", 0.0, [false, false]),
    ])
    func codeIsRunAgainstItsTests(code: String, reward: Double, passed: [Bool]) async throws {
        let source = try source(["python3", path("code_tests.py")])
        let tests: [JSONValue] = [
            .string("assert add(1, 2) == 3"), .string("assert add(2, 2) == 4"),
        ]
        let answer = try await source.answer(
            RewardInput(completion: code, row: ["tests": .array(tests)]))
        #expect(answer.rewards == [reward])
        #expect(answer.log == .object(["passed": .array(passed.map(JSONValue.bool))]))
        source.close()
    }

    @Test func aProgramIsRunOnItsInput() async throws {
        let source = try source(["python3", path("code_tests.py")])
        let test = JSONValue.object(["input": .string("1 2\n"), "output": .string("3")])
        let input = RewardInput(
            completion: "print(sum(map(int, input().split())))", row: ["tests": .array([test])])
        #expect(try await source.answer(input).rewards == [1])
        await #expect(throws: RewardProgramError.self) {
            _ = try await source.answer(RewardInput(completion: "print(1)"))
        }
        source.close()
    }
}
