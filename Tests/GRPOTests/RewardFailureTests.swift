import Foundation
import LanguageModels
import Rewards
import TestSupport
import Testing

@testable import GRPO

/// A failure is never a score: what becomes of completions that a reward failed on.
@Suite struct RewardFailureTests {
    private struct Broken: Error {}

    private let model: LanguageModel
    private let groups: [RolloutGroup]

    init() throws {
        model = try Fixtures.model("qwen2-tiny")
        groups = model.rollouts(
            of: [Prompt("A", model: model), Prompt("B", model: model)], groupSize: 4,
            settings: GenerationSettings(maxNewTokens: 4), seed: 0, step: 0)
    }

    /// Fails on the prompt B, else 1.
    private func failing(_ policy: FailurePolicy) -> Reward {
        var reward = Reward("fragile", weight: 2) { input in
            if input.prompt == "B" { throw Broken() }
            return 1
        }
        reward.onFailure = policy
        return reward
    }

    @Test(arguments: AdvantageCases.all)
    func aDroppedCompletionIsAsIfItWereNotInItsGroup(estimator: AdvantageEstimator) {
        for seed in 0..<20 {
            let step = AdvantageCases.step(seed: UInt64(seed))
            let place = seed % 4
            let dropped = step.map { group in
                var totals = group.totals
                totals[place] = nil
                return GroupScores(
                    totals, parts: group.parts, weights: group.weights, lengths: group.lengths)
            }
            let without = step.map { group in
                GroupScores(
                    group.totals.removing(place), parts: group.parts.removing(place),
                    weights: group.weights, lengths: group.lengths.removing(place))
            }
            let advantages = estimator.advantages(of: dropped)
            #expect(advantages.allSatisfy { $0[place] == 0 })
            #expect(advantages.map { $0.removing(place) } == estimator.advantages(of: without))
            #expect(dropped.map(estimator.hasSignal) == without.map(estimator.hasSignal))
        }
    }

    @Test func droppedCompletionsHaveNoScore() async throws {
        let scored = try await score(groups, with: [Reward("one") { _ in 1 }, failing(.drop)])
        #expect(scored[0].scores.allSatisfy { $0.total == 3 && $0.failed.isEmpty })
        #expect(scored[1].scores.allSatisfy { $0.total == nil && $0.failed == [1] })
        #expect(scored[1].scores.allSatisfy { $0.parts == [1, nil] })
    }

    @Test func aNumberMayBeAskedForAndIsStillAFailure() async throws {
        let scored = try await score(groups, with: [failing(.score(-0.5))])
        #expect(scored[0].scores.allSatisfy { $0.total == 2 && $0.isSolved })
        for score in scored[1].scores {
            #expect(score.total == -1 && score.parts == [-0.5])
            #expect(score.failed == [0] && score.failure == "Broken()")
        }
        let generous = try await score(groups, with: [failing(.score(5))])
        #expect(generous[1].scores.allSatisfy { !$0.isSolved && !$0.isJudged })
    }

    @Test func aFailureMayEndTheRun() async throws {
        await #expect(throws: Broken.self) {
            _ = try await score(groups, with: [failing(.fail)])
        }
    }

    @Test func moreFailuresThanAllowedEndTheRun() async throws {
        _ = try await score(groups, with: [failing(.drop)], maxFailureShare: 0.5)
        let error = try #require(
            await #expect(throws: ScoringError.self) {
                _ = try await score(groups, with: [failing(.score(0))], maxFailureShare: 0.4)
            })
        #expect(
            error.description
                == "rewards: 4 of 8 completions of the step, more than a share of 0.4 "
                + "(training.max_failure_share), could not be scored. The first: Broken()")
        await #expect(throws: ScoringError.self) {
            _ = try await score([groups[1]], with: [failing(.drop)], maxFailureShare: 1)
        }
    }

    @Test func failuresAreCountedByRewardAndLeftOutOfTheAccuracy() async throws {
        var settings = GRPOSettings()
        settings.groupSize = 4
        settings.generation = GenerationSettings(maxNewTokens: 4)
        let step = GRPOStep(
            policy: model, rewards: [failing(.drop), Reward("length") { Double($0.tokenCount) }],
            settings: settings)
        let result = try await step(groups.map(\.prompt), step: 0, learningRate: 0)
        #expect(result.metrics["rewards/fragile/failed"] == 4)
        #expect(result.metrics["rewards/length/failed"] == 0)
        #expect(result.metrics["rewards/failed"] == 4)
        #expect(result.metrics.accuracy == 1, "all that were judged")
        #expect(result.advantages[1] == [0, 0, 0, 0])
    }

    @Test func anEvaluationLeavesFailuresOut() async throws {
        let report = try await model.evaluate(
            groups.map(\.prompt), rewards: [failing(.score(0))],
            settings: EvaluationSettings(
                generation: GenerationSettings(maxNewTokens: 2), samples: 2, passAt: [2]))
        #expect(report.greedy.value == 1 && report.sampled?.value == 1)
        #expect(report["pass@2"]?.value == 1)
        #expect(report.failed == 3)
        #expect(report.json.contains("\"eval_rewards/failed\":3"))
    }

    /// One process is asked once for both of its rewards, and what it logs is kept.
    @Test func aProgramWithTwoRewardsIsAskedOnce() async throws {
        let script =
            #"while read -r l; do id=${l#*:}; id=${id%%,*}; n=$((n + 1)); "#
            + #"case $l in *'"step":7'*) s=7;; *) s=0;; esac; "#
            + #"echo "{\"id\":$id,\"reward\":{\"count\":$n,\"step\":$s},\"log\":\"seen $n\"}"; done"#
        var settings = ProgramSettings(command: ["/bin/sh", "-c", script])
        settings.outputs = ["count", "step"]
        settings.workers = 1
        let rewards = try Reward.program(name: "judge", settings)
        let scored = try await score(groups, with: rewards, step: 7)
        let scores = scored.flatMap(\.scores)
        #expect(scores.compactMap { $0.parts[0] }.sorted() == (1...8).map(Double.init))
        #expect(scores.allSatisfy { $0.parts[1] == 7 })
        #expect(scores.allSatisfy { $0.logs["judge"]?.text.hasPrefix("seen ") == true })
        for source in rewards.sources { source.close() }
    }

    /// No policy keeps a run going whose program cannot be started any more.
    @Test func aProgramThatIsGivenUpEndsTheRun() async throws {
        var settings = ProgramSettings(command: ["/bin/sh", "-c", "exit 1"])
        settings.workers = 1
        var reward = try #require(try Reward.program(name: "judge", settings).first)
        reward.onFailure = .score(0)
        let error = await #expect(throws: RewardProgramError.self) {
            _ = try await score(groups, with: [reward])
        }
        guard case .gaveUp("judge", 5, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }
}

extension Array {
    fileprivate func removing(_ place: Int) -> [Element] {
        enumerated().filter { $0.offset != place }.map(\.element)
    }
}
