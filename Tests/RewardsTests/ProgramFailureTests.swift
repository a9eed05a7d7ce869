import Foundation
import Testing

@testable import Rewards

/// Programs that hang, crash, lie and flood: each costs the completion's score and nothing else.
@Suite struct ProgramFailureTests {
    /// What a program that misbehaves once in its life does, and then works.
    private func once(_ misdeed: String) -> String {
        "if mkdir \"$FOLDER/done\" 2>/dev/null; then \(misdeed); fi\n"
            + Script.each(Script.answer())
    }

    @Test(arguments: [
        ("hangs", "sleep 100"), ("never reads", "exec sleep 100"),
        ("ignores SIGTERM", "trap '' TERM; while :; do sleep 1; done"),
        ("floods standard error", "while :; do echo xxxxxxxxxxxxxxxxxxxxxxxx >&2; done"),
    ])
    func aProgramThatIsLateIsReplaced(name: String, misdeed: String) async throws {
        let script = try Script(once(misdeed))
        let reward = try script.reward { $0.timeout = 0.4 }
        // More than a pipe holds, so that writing cannot end either.
        let failure = await reward.failure(String(repeating: "long ", count: 40_000))
        guard case .timedOut("test", 0.4, _) = failure else {
            Issue.record("\(name): \(String(describing: failure))")
            return
        }
        let patient = try script.reward()
        #expect(try await patient.score() == 1)
        patient.source?.close()
        try script.finish(reward)
    }

    @Test func afterATimeOutTheNextCompletionIsScored() async throws {
        let script = try Script(once("sleep 100"))
        let reward = try script.reward { $0.timeout = 1 }
        #expect(await reward.failure() != nil)
        #expect(try await reward.score() == 1)
        #expect(reward.source?.counts == RewardSourceCounts(restarts: 1))
        try script.finish(reward)
    }

    @Test func aCrashInABatchFailsWhatIsNotAnswered() async throws {
        let script = try Script(
            Script.each("\(Script.answer()); case $id in 2) echo 'out of luck' >&2; exit 3;; esac"))
        let reward = try script.reward { $0.batchSize = 4 }
        #expect(await reward.scores(4).count { $0 == 1 } == 2)
        try script.finish(reward)
        let crash = try Script("read -r line; echo 'Traceback' >&2; echo 'KeyError' >&2; exit 3")
        let crashing = try crash.reward()
        #expect(
            await crashing.failure()?.description == """
                reward test: expected an answer, found that the program ended (exit status 3). Its \
                last words on standard error:
                    Traceback
                    KeyError
                """)
        try crash.finish(crashing)
    }

    @Test func aChildThatHoldsThePipeIsNotWaitedFor() async throws {
        let script = try Script("sleep 100 & read -r line; exit 4")
        let reward = try script.reward()
        // Waiting for the child would end at the time limit, as another failure.
        #expect(
            await reward.failure() == .ended(reward: "test", how: "exit status 4", errors: []))
        try script.finish(reward)
    }

    @Test(arguments: [
        ("hello", "one JSON object a line, with id and reward", #""hello""#),
        ("[1]", "one JSON object a line, with id and reward", #""[1]""#),
        (
            #"{\"id\":$id,\"reward\":1"#, "one JSON object a line, with id and reward",
            #""{\"id\":1,\"reward\":1""#
        ),
        (
            #"{\"reward\":1}"#, "the id of the request, a whole number",
            #"no id in "{\"reward\":1}""#
        ),
        (#"{\"id\":\"1\",\"reward\":1}"#, "the id of the request, a whole number", #""1""#),
        (#"{\"id\":77,\"reward\":1}"#, "the id of a request", "77, which was not asked"),
        (#"{\"id\":$id,\"score\":1}"#, "only the keys id, reward, log, error", #""score""#),
        (#"{\"id\":$id}"#, "a reward", "only id"),
        (#"{\"id\":$id,\"reward\":true}"#, "a finite number or null as the reward", #""true""#),
        (#"{\"id\":$id,\"reward\":\"1\"}"#, "a finite number or null as the reward", #""1""#),
        (#"{\"id\":$id,\"reward\":[1]}"#, "a finite number or null as the reward", #""[1]""#),
        (#"{\"id\":$id,\"reward\":NaN}"#, "a finite number or null as the reward", #""nan""#),
        (
            #"{\"id\":$id,\"reward\":-Infinity}"#, "a finite number or null as the reward",
            #""-inf""#
        ),
    ])
    func anAnswerThatIsNoneIsAFailure(line: String, expected: String, found: String) async throws {
        let script = try Script(Script.each("echo \"\(line)\""))
        let reward = try script.reward()
        #expect(
            await reward.failure()
                == .badAnswer(reward: "test", expected: expected, found: found))
        try script.finish(reward)
    }

    @Test(arguments: [#"{\"id\":$id,\"reward\":1e400}"#, #"\033[31m{\"id\":$id,\"reward\":1}"#])
    func noisyAnswersAreFailures(line: String) async throws {
        let script = try Script(Script.each("printf \"\(line)\\n\""))
        let reward = try script.reward()
        guard case .badAnswer = await reward.failure() else {
            Issue.record("expected a bad answer")
            return
        }
        try script.finish(reward)
    }

    @Test func bytesThatAreNotTextAreAFailure() async throws {
        let script = try Script(Script.each(#"printf '{"id":1,"log":"\303","reward":1}\n'"#))
        let reward = try script.reward()
        #expect(
            await reward.failure()
                == .badAnswer(
                    reward: "test", expected: "one JSON object a line, with id and reward",
                    found: "bytes that are not UTF-8"))
        try script.finish(reward)
    }

    @Test func theNamesOfSeveralRewardsMustBeThose() async throws {
        let script = try Script(Script.each(Script.answer(#"{\"a\":1}"#)))
        let reward = try script.reward { $0.outputs = ["a", "b"] }
        #expect(
            await reward.failure()
                == .badAnswer(
                    reward: "test", expected: "a reward for each of a, b",
                    found: #""{\"a\":1}""#))
        try script.finish(reward)
    }

    @Test func aLineWithoutEndIsRefusedWithoutKeepingIt() async throws {
        let script = try Script("read -r line; head -c 100000000 /dev/zero | tr '\\0' 'x'; echo")
        let reward = try script.reward()
        let before = residentMegabytes()
        #expect(
            await reward.failure()
                == .badAnswer(
                    reward: "test", expected: "a line of at most 1048576 bytes",
                    found: "more without a line break"))
        #expect(residentMegabytes() - before < 60)
        try script.finish(reward)
    }

    private func residentMegabytes() -> Int {
        let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return pages * 4_096 >> 20
    }

    @Test func answersToAnOldBatchAreDiscardedAndCounted() async throws {
        let script = try Script(
            "old=\n"
                + Script.each(
                    #"if [ -n "$old" ]; then echo "{\"id\":$old,\"reward\":9}"; fi; "#
                        + "\(Script.answer()); old=$id"))
        let reward = try script.reward()
        for _ in 0..<3 { #expect(try await reward.score() == 1) }
        #expect(reward.source?.counts == RewardSourceCounts(stale: 2))
        try script.finish(reward)
    }

    @Test func aFloodOfStandardErrorBesideAnswersHoldsNothingUp() async throws {
        let script = try Script(
            Script.each("head -c 2000000 /dev/zero | tr '\\0' 'e' >&2; \(Script.answer())"))
        let reward = try script.reward()
        try reward.source?.log(to: script.folder.appending(path: "log"))
        for _ in 0..<2 { #expect(try await reward.score() == 1) }
        reward.source?.close()
        let size = try Data(contentsOf: script.folder.appending(path: "log")).count
        #expect(size < 1_100_000)
        try script.finish(reward)
    }

    @Test func aProgramThatEndsBetweenRequestsIsStartedAgain() async throws {
        let script = try Script("read -r line; id=${line#*:}; id=${id%%,*}; \(Script.answer())")
        let reward = try script.reward()
        for _ in 0..<3 {
            #expect(try await reward.score() == 1)
            try await Task.sleep(for: .milliseconds(300))
        }
        #expect(reward.source?.counts.restarts == 2)
        try script.finish(reward)
    }

    @Test func aProgramThatOnlyCrashesIsGivenUp() async throws {
        let script = try Script("echo 'no module named torch' >&2; exit 1")
        let reward = try script.reward {
            $0.attempts = 3
            $0.workers = 2
        }
        #expect(await reward.scores(8) == [Double?](repeating: nil, count: 8))
        let failure = try #require(await reward.failure())
        #expect(failure.endsTheRun)
        #expect(
            failure.description == """
                reward test: given up after 3 failures in a row without an answer. The last: reward \
                test: expected an answer, found that the program ended (exit status 1). Its last \
                words on standard error:
                    no module named torch
                """)
        try script.finish(reward)
    }

    /// Each takes its grace twice over, as it ends neither with its input nor on request.
    @Test func programsThatDoNotEndAreEndedAtTheSameTime() async throws {
        let scripts = try (0..<3).map { _ in
            try Script("trap '' TERM\n\(Script.each(Script.answer()))\nwhile :; do sleep 1; done")
        }
        let rewards = try scripts.map { try $0.reward { $0.grace = .milliseconds(400) } }
        for reward in rewards { #expect(try await reward.score() == 1) }
        let start = ContinuousClock.now
        rewards.sources.close()
        #expect(ContinuousClock.now - start < .milliseconds(1_800), "one after the other: 2.4 s")
        for (script, reward) in zip(scripts, rewards) { try script.finish(reward) }
    }

    /// A run that is resumed opens the log again.
    @Test func theLimitOfTheLogIsThatOfItsFile() throws {
        let script = try Script("")
        let file = script.folder.appending(path: "log")
        for _ in 0..<3 {
            let log = ErrorLog(limit: 100)
            try log.open(file)
            log.append([UInt8](repeating: 46, count: 80))
        }
        let text = try String(contentsOf: file, encoding: .utf8)
        #expect(text.count { $0 == "." } == 100 && text.hasSuffix("(more is left out)\n"))
        try FileManager.default.removeItem(at: script.folder)
    }
}
