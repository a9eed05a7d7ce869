import Testing
import Torch

@testable import GRPO

private func randomRewards(_ count: Int, seed: UInt64) -> [Double] {
    var stream = RandomStream(seed)
    return (0..<count).map { _ in Double.random(in: -3...3, using: &stream) }
}

@Suite struct AdvantagesTests {
    @Test func articleExampleIsExact() {
        #expect(
            groupAdvantages([1, 0, 0, 1, 2, 4, 3, 3], groupSize: 4)
                == [0.5, -0.5, -0.5, 0.5, -1, 1, 0, 0])
        let third = 1.0 / 3
        let mean = 7.0 / 3
        #expect(
            groupAdvantages([1, 0, 0, 1, 2, 4], groupSize: 3)
                == [1 - third, -third, -third, 1 - mean, 2 - mean, 4 - mean])
    }

    @Test(arguments: [AdvantageEstimator.groupMean, .groupMeanAndDeviation(epsilon: 1e-4)])
    func advantagesOfAGroupAddUpToZero(estimator: AdvantageEstimator) {
        for seed in 0..<100 {
            let advantages = estimator.advantages(randomRewards(8, seed: UInt64(seed)))
            #expect(abs(advantages.reduce(0, +)) < 1e-13)
        }
    }

    @Test func aConstantAddedToAGroupChangesNothing() {
        let rewards = randomRewards(8, seed: 5)
        let moved = groupAdvantages(rewards.map { $0 + 1024 }, groupSize: 8)
        for (a, b) in zip(groupAdvantages(rewards, groupSize: 8), moved) {
            #expect(abs(a - b) < 1e-12)
        }
    }

    @Test func deviationMakesAdvantagesFreeOfScale() {
        let rewards = randomRewards(8, seed: 6)
        let estimator = AdvantageEstimator.groupMeanAndDeviation(epsilon: 0)
        let scaled = estimator.advantages(rewards.map { $0 * 1000 })
        for (a, b) in zip(estimator.advantages(rewards), scaled) { #expect(abs(a - b) < 1e-12) }
    }

    /// The mean of sixteen 0.7 differs from 0.7 in the last bit; divided by a tiny deviation it
    /// would be a signal.
    @Test(arguments: [AdvantageEstimator.groupMean, .groupMeanAndDeviation(epsilon: 0)])
    func equalRewardsGiveNoSignal(estimator: AdvantageEstimator) {
        #expect(
            estimator.advantages([Double](repeating: 0.7, count: 16))
                == [Double](repeating: 0, count: 16))
        #expect(estimator.advantages([0.3]) == [0])
        #expect(estimator.advantages([]) == [])
    }

    @Test func aMissingRewardLeavesTheBaseline() {
        #expect(AdvantageEstimator.groupMean.advantages([1, nil, 0]) == [0.5, 0, -0.5])
        #expect(AdvantageEstimator.groupMean.advantages([nil, nil, 3]) == [0, 0, 0])
    }
}
