import Foundation
import LanguageModels
import Rewards
import TestSupport
import Testing

@testable import GRPO

@Suite struct DivergencePenaltyTests {
    private let policy: [[Double]] = [[-1, -2], [-0.5], []]
    private let reference: [[Double]] = [[-1.5, -1], [-0.5], []]

    @Test func theSumOverTokensLowersTheReward() {
        let scores = GroupScores([1, nil, 2], lengths: [2, 1, 0])
        let penalized = DivergencePenalty(coefficient: 0.5)
            .penalized(scores, policy: policy, reference: reference)
        // k1 of the first completion: 0.5 − 1.
        #expect(penalized.totals == [1.25, nil, 2])
        #expect(penalized.parts == [[1, -0.5], [nil, 0], [2, 0]])
        #expect(penalized.weights == [1, -0.5])
    }

    @Test(arguments: DivergencePenalty.Estimator.allCases)
    func thePolicyItselfIsNotPenalized(estimator: DivergencePenalty.Estimator) {
        let scores = GroupScores([1, 0, 2])
        let penalized = DivergencePenalty(coefficient: 3, estimator: estimator)
            .penalized(scores, policy: policy, reference: policy)
        #expect(penalized.totals == scores.totals)
    }

    /// An estimate of every token's log ratio by sampling from a policy over three tokens.
    @Test(arguments: [DivergencePenalty.Estimator.k1, .k3])
    func theExpectationOfUnbiasedEstimatorsIsTheDivergence(
        estimator: DivergencePenalty.Estimator
    ) {
        let policy = [0.5, 0.3, 0.2]
        let reference = [0.2, 0.2, 0.6]
        let divergence = zip(policy, reference).reduce(0) { $0 + $1.0 * log($1.0 / $1.1) }
        let expectation = zip(policy, reference).reduce(0) {
            $0 + $1.0 * estimator.divergence(policy: log($1.0), reference: log($1.1))
        }
        #expect(abs(expectation - divergence) < 1e-15)
    }

    @Test func singlePrecisionIsSummedInDouble() {
        let tokens = [Float](repeating: -0.1, count: 100_000)
        let sum = DivergencePenalty(coefficient: 1).divergence(
            policy: tokens, reference: tokens.map { $0 - 0.25 })
        #expect(abs(sum - 25_000) < 1e-2)
    }

    /// The model that sampled, asked again: what the sampler noted, whatever the micro-batches.
    @Test(arguments: [1, 20, 1 << 20])
    func referenceLogProbabilitiesAreThoseOfTheSampler(tokenBudget: Int) throws {
        let model = try Fixtures.model("qwen2-tiny")
        let groups = model.rollouts(
            of: ["A", "LONG PROMPT", "7"].map { Prompt($0, model: model) }, groupSize: 3,
            settings: GenerationSettings(
                maxNewTokens: 6, sampling: SamplingSettings(temperature: 0.8), stopStrings: ["A"]),
            seed: 1, step: 0)
        let found = model.logProbabilities(
            of: groups, temperature: 0.8, tokenBudget: tokenBudget)
        #expect(found.count == 3)
        for (group, found) in zip(groups, found) {
            #expect(found.map(\.count) == group.rollouts.map(\.completion.tokens.count))
            for (rollout, found) in zip(group.rollouts, found) {
                let sampled = rollout.completion.policyLogProbabilities.map(Double.init)
                #expect(largestDifference(found, sampled) < 1e-4)
            }
        }
    }
}
