import Rewards
import Testing

@testable import GRPO

/// Rewards that are programs and servers, as they stand in a configuration.
@Suite struct ConfigurationProgramTests {
    private func rewards(_ yaml: String) throws -> [RewardConfiguration] {
        try RewardConfiguration.list([yaml])
    }

    @Test func aProgramIsAListOrACommandLine() throws {
        let list = try rewards("{kind: program, command: [sh, -c, 'exit 1'], on_failure: 0.5}")[0]
        #expect(list.external.command.words == ["sh", "-c", "exit 1"])
        #expect(list.onFailure == .score(0.5))
        let line = try rewards("{kind: program, command: \"sh reward.sh\", sandbox: true}")[0]
        #expect(line.external.command.words == ["sh reward.sh"])
        #expect(line.external.sandbox && line.external.limits == Sandbox())
    }

    @Test func whatIsWrittenIsReadBack() throws {
        let all =
            try rewards(
                """
                {kind: program, name: judge, command: [sh, a.sh], outputs: {style: 0.5, facts: 2}, \
                workers: 2, batch_size: 8, timeout: 3, sandbox: true, limits: {processes: 9}, \
                on_failure: fail}
                """)
            + rewards("{kind: http, url: \"http://localhost:8000/\", retries: 0, timeout: 5}")
        for reward in all {
            let again = try rewards(reward.yaml.inlineText)
            #expect(again == [reward])
        }
    }

    @Test func severalOutputsAreSeveralRewardsWithTheirWeights() throws {
        let judge = try rewards(
            "{kind: program, name: judge, weight: 2, command: [sh], outputs: {b: 0.5, a: 3}}")[0]
        let made = try judge.rewards()
        #expect(made.map(\.name) == ["judge/a", "judge/b"])
        #expect(made.map(\.weight) == [6, 1])
        #expect(made.sources.count == 1)
        #expect(judge.weightSchedules.count == 2)
    }

    @Test(arguments: [
        ("{kind: program}", "expected a command"),
        ("{kind: program, command: []}", "expected a command"),
        ("{kind: http}", "expected an address"),
        ("{kind: http, url: \"https://a/\"}", "expected http://, found https://"),
        ("{kind: http, url: \"http://a/\", sandbox: true}", "unknown key"),
        ("{kind: program, command: [sh], timeout: 0}", "expected more than 0.0"),
        ("{kind: program, command: [sh], on_failure: zero}", "expected drop, fail or a number"),
        (
            "{kind: program, command: [sh], outputs: {a: 1, b: 1}, ramp: {to: 0}}",
            "a ramp is for one reward, and outputs names 2."
        ),
    ])
    func whatCannotBeIsRefused(yaml: String, reason: String) {
        let found = complaint { _ = try rewards(yaml) }
        #expect(found.contains(reason), "\(found)")
    }

    @Test func aProgramThatIsNotThereIsRefusedBeforeTheRun() throws {
        let reward = try rewards("{kind: program, command: [/no/such/program]}")[0]
        #expect(throws: RewardProgramError.self) { _ = try reward.rewards() }
    }
}
