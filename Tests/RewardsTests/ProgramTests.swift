import Foundation
import Testing

@testable import Rewards

/// The protocol of reward programs, and what a well-behaved one can expect.
@Suite struct ProgramTests {
    @Test func aProgramScoresCompletions() async throws {
        let script = try Script(Script.each(Script.answer("0.25")))
        let reward = try script.reward()
        #expect(try await reward.score() == 0.25)
        #expect(try await reward.score() == 0.25)
        try script.finish(reward)
    }

    @Test func aRequestIsOneLineWithTheFieldsOfTheRow() throws {
        let input = RewardInput(
            prompt: "1 + 1 =\n", completion: "2\u{2028}/\"", answer: "2",
            row: ["level": .number(3), "tags": .array([.string("a")])], tokenCount: 4,
            isTruncated: true, step: 9)
        #expect(
            String(decoding: try input.requestLine(id: 7), as: UTF8.self)
                == #"{"id":7,"answer":"2","completion":"2"# + "\u{2028}"
                + #"/\"","level":3,"prompt":"1 + 1 =\n","step":9,"tags":["a"],"tokens":4,"#
                + #""truncated":true}"# + "\n")
    }

    @Test func aRowsFieldsOfOurNamesStandUnderRow() throws {
        let row: [String: JSONValue] = [
            "id": .string("q1"), "prompt": .array([]), "answer": .number(42), "step": .null,
        ]
        let input = RewardInput(prompt: "p", completion: "c", answer: "42", row: row)
        let line = String(decoding: try input.requestLine(id: 1), as: UTF8.self)
        #expect(line.hasPrefix(#"{"id":1,"answer":42,"completion":"c","prompt":"p","row":{"#))
        #expect(line.contains(#""row":{"id":"q1","prompt":[],"step":null},"step":null,"#))
    }

    @Test func severalNamedRewardsComeFromOneAnswer() async throws {
        let script = try Script(
            Script.each(#"echo "{\"id\":$id,\"reward\":{\"b\":2,\"a\":null},\"log\":[1]}""#))
        var settings = script.settings
        settings.outputs = ["a", "b"]
        let rewards = try Reward.program(name: "judge", weight: 0.5, settings)
        #expect(rewards.map(\.name) == ["judge/a", "judge/b"])
        #expect(rewards.map(\.weight) == [0.5, 0.5])
        #expect(rewards.sources.count == 1)
        let answer = try #require(await rewards.sources.first?.answer(RewardInput(completion: "")))
        #expect(answer == RewardAnswer(rewards: [nil, 2], log: .array([.number(1)])))
        #expect(rewards.map { $0.score(in: answer) } == [nil, 2])
        try script.finish(rewards[0])
    }

    @Test func workersServeSideBySideAndBatchesGoTogether() async throws {
        // Each answers once all four have a request.
        let script = try Script(
            Script.each(
                "touch \"$FOLDER/at-$id\"; while [ \"$(ls \"$FOLDER\" | grep -c at-)\" -lt 4 ]; "
                    + "do sleep 0.02; done; \(Script.answer())"))
        let reward = try script.reward { $0.workers = 4 }
        #expect(await reward.scores(4).count { $0 == 1 } == 4)
        try script.finish(reward)

        // Reads three requests before it answers any.
        let batching = try Script(
            "while read -r a; do read -r b; read -r c; for l in \"$a\" \"$b\" \"$c\"; do "
                + "id=${l#*:}; id=${id%%,*}; \(Script.answer()); done; done")
        let batched = try batching.reward { $0.batchSize = 3 }
        #expect(await batched.scores(3).count { $0 == 1 } == 3)
        try batching.finish(batched)
    }

    @Test func aProgramMaySayThatItCannotScore() async throws {
        let script = try Script(
            Script.each(#"echo "{\"id\":$id,\"error\":\"the row has no tests\"}""#))
        let reward = try script.reward()
        #expect(
            await reward.failure()?.description
                == #"reward test: the program says "the row has no tests""#)
        #expect(reward.source?.counts == RewardSourceCounts())
        try script.finish(reward)
    }

    @Test func theProgramIsCheckedBeforeTheRun() throws {
        let missing = "/no/such/program"
        #expect(throws: RewardProgramError.notFound(reward: "test", program: missing)) {
            _ = try Reward.program(name: "test", ProgramSettings(command: [missing]))
        }
        #expect(throws: RewardProgramError.notFound(reward: "test", program: "")) {
            _ = try Reward.program(name: "test", ProgramSettings(command: []))
        }
    }

    @Test func aSingleTextIsACommandLineOfTheShell() async throws {
        let script = try Script(Script.each(Script.answer("$REWARD")))
        let reward = try script.reward {
            $0.command = ["REWARD=3 /bin/sh '\(script.file.path)'"]
        }
        #expect(try await reward.score() == 3)
        try script.finish(reward)
    }

    @Test func whatItSaysOnStandardErrorIsLogged() async throws {
        let script = try Script(Script.each("echo \"seen $id\" >&2; \(Script.answer())"))
        let reward = try script.reward()
        let log = script.folder.appending(path: "logs/test.log")
        try reward.source?.log(to: log)
        for _ in 0..<3 { _ = try await reward.score() }
        reward.source?.close()
        let text = try String(contentsOf: log, encoding: .utf8)
        #expect(text == "seen 1\nseen 2\nseen 3\n")
        try script.finish(reward)
    }

    @Test func aLogHasALimit() throws {
        let folder = try Script("").folder
        let log = ErrorLog(limit: 10)
        try log.open(folder.appending(path: "log"))
        for _ in 0..<3 { log.append(Array("123456".utf8)) }
        let text = try String(contentsOf: folder.appending(path: "log"), encoding: .utf8)
        #expect(text == "1234561234\n(more is left out)\n")
        try FileManager.default.removeItem(at: folder)
    }

    @Test func lettingGoOfTheRewardEndsItsProgram() async throws {
        let script = try Script(Script.each(Script.answer()))
        do {
            let reward = try script.reward()
            #expect(try await reward.score() == 1)
            #expect(!script.leftovers().isEmpty)
        }
        let deadline = ContinuousClock.now + .seconds(10)
        while !script.leftovers().isEmpty, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(script.leftovers() == [])
    }

    @Test func aClosedProgramScoresNoMore() async throws {
        let script = try Script(Script.each("sleep 100"))
        let reward = try script.reward()
        async let waiting = reward.failure()
        try await Task.sleep(for: .milliseconds(100))
        try script.finish(reward)
        #expect(await waiting == .closed(reward: "test"))
        #expect(await reward.failure() == .closed(reward: "test"))
    }
}
