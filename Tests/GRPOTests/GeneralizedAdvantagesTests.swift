import TestSupport
import Testing

@testable import GRPO

/// What `Scripts/peers/make-ppo-golden.py` wrote: verl's own estimates, float64.
private struct EstimateGolden: Decodable {
    struct Case: Decodable {
        let discount: Double
        let decay: Double
        let rewards: [[Double]]
        let values: [[Double]]
        let advantages: [[Double]]
        let returns: [[Double]]
    }
    let estimates: [Case]
}

@Suite struct GeneralizedAdvantagesTests {
    private let rewards = [0, 0.5, 0, 2.0]
    private let values = [1, -1, 0.5, 3.0]

    @Test(arguments: 0..<3)
    func estimatesAreThoseOfVerl(place: Int) throws {
        let golden = try Fixtures.golden(EstimateGolden.self, "ppo.json").estimates[place]
        let estimates = GeneralizedAdvantageEstimator(
            discount: golden.discount, decay: golden.decay
        ).estimates(rewards: golden.rewards, values: golden.values)
        let returns = largestRelativeDifference(
            estimates.flatMap(\.returns), golden.returns.flatMap(\.self))
        let advantages = largestRelativeDifference(
            estimates.flatMap(\.advantages), golden.advantages.flatMap(\.self))
        #expect(max(returns, advantages) < 1e-12)
    }

    @Test func withoutDecayTheAdvantageIsTheRewardToGoLessTheValue() {
        let estimate = GeneralizedAdvantageEstimator(discount: 1, decay: 1)
            .estimate(rewards: rewards, values: values)
        #expect(estimate.returns == [2.5, 2.5, 2, 2])
        #expect(estimate.advantages == [1.5, 3.5, 1.5, -1])
    }

    @Test func withFullDecayTheAdvantageIsTheErrorOfOneToken() {
        let estimate = GeneralizedAdvantageEstimator(discount: 0.5, decay: 0)
            .estimate(rewards: rewards, values: values)
        #expect(estimate.advantages == [-1.5, 1.75, 1, -1])
        #expect(estimate.returns == [-0.5, 0.75, 1.5, 2])
    }

    @Test func whiteningIsOverAllTokensAndLeavesTheReturns() {
        let rows = [[1.0, 2], [3], [4, 6, 8]]
        let zeros = rows.map { $0.map { _ in 0.0 } }
        let plain = GeneralizedAdvantageEstimator(whitening: nil)
            .estimates(rewards: rows, values: zeros)
        let whitened = GeneralizedAdvantageEstimator().estimates(rewards: rows, values: zeros)
        let all = Distribution(whitened.flatMap(\.advantages))
        #expect(abs(all.mean) < 1e-8 && abs(all.deviation - 1) < 1e-8)
        #expect(whitened.map(\.returns) == plain.map(\.returns))
        #expect(whitened.map(\.advantages.count) == [2, 1, 3])
        // One token has no deviation, and equal ones have none.
        for rows in [[[7.0]], [[0.7], [0.7]]] {
            let equal = GeneralizedAdvantageEstimator()
                .estimates(rewards: rows, values: rows.map { _ in [0] })
            #expect(equal.allSatisfy { $0.advantages == [0] })
        }
    }

    @Test func explainedVarianceIsOneForTheTruthAndZeroForAConstant() {
        let returns = [1.0, 2, 4, 8]
        #expect(explainedVariance(returns: returns, values: returns) == 1)
        #expect(explainedVariance(returns: returns, values: [3, 3, 3, 3]) == 0)
        #expect(explainedVariance(returns: returns, values: [-1, -2, -4, -8]) < 0)
        #expect(explainedVariance(returns: [2, 2], values: [1, 3]) == 0)
    }
}
