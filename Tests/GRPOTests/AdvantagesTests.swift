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

    @Test(arguments: [
        AdvantageEstimator.groupMean, .groupMeanAndDeviation(epsilon: 1e-4),
        .groupMeanAndDeviation(epsilon: 1e-4, deviation: .population),
        .groupMeanAndBatchDeviation(epsilon: 1e-4), .leaveOneOut,
        .reinforcePlusPlusBaseline(AdvantageCases.whitening), .decoupledRewards(),
    ])
    func advantagesOfAGroupAddUpToZero(estimator: AdvantageEstimator) {
        for seed in 0..<100 {
            for advantages in estimator.advantages(of: AdvantageCases.step(seed: UInt64(seed))) {
                #expect(abs(advantages.reduce(0, +)) < 1e-13)
            }
        }
    }

    @Test(arguments: AdvantageCases.ofTheGroup + [.groupMeanAndBatchDeviation(epsilon: 1e-4)])
    func aConstantAddedToAGroupChangesNothing(estimator: AdvantageEstimator) {
        // Lengths of 1: the baseline weighted by length moves with the rewards, whatever they are.
        let rewards = randomRewards(8, seed: 5)
        let moved = estimator.advantages(rewards.map { $0 + 1024 })
        for (a, b) in zip(estimator.advantages(rewards), moved) { #expect(abs(a - b) < 1e-11) }
    }

    @Test(arguments: [
        AdvantageEstimator.groupMeanAndDeviation(epsilon: 0), .passAtK(epsilon: 0),
        .groupMeanAndBatchDeviation(epsilon: 0), .maximumLikelihood(),
        .reinforcePlusPlus(AdvantageCases.whitening),
        .reinforcePlusPlusBaseline(AdvantageCases.whitening),
        .decoupledRewards(epsilon: 0, AdvantageCases.whitening),
    ])
    func dividingByADeviationOrMeanIsFreeOfScale(estimator: AdvantageEstimator) {
        let rewards = randomRewards(8, seed: 6).map { $0 + 3 }
        let scaled = estimator.advantages(rewards.map { $0 * 1000 })
        for (a, b) in zip(estimator.advantages(rewards), scaled) { #expect(abs(a - b) < 1e-12) }
    }

    @Test(arguments: AdvantageCases.all)
    func permutingAGroupPermutesItsAdvantages(estimator: AdvantageEstimator) {
        let step = AdvantageCases.step(seed: 7)
        let order = [2, 0, 3, 1]
        let permuted = step.map { group in
            GroupScores(
                order.map { group.totals[$0] }, parts: order.map { group.parts[$0] },
                weights: group.weights, lengths: order.map { group.lengths[$0] })
        }
        for (a, b) in zip(estimator.advantages(of: step), estimator.advantages(of: permuted)) {
            #expect(AdvantageCases.difference(order.map { a[$0] }, b) < 1e-14)
        }
    }

    @Test(arguments: AdvantageCases.all)
    func permutingGroupsPermutesTheirAdvantages(estimator: AdvantageEstimator) {
        let step = AdvantageCases.step(seed: 8)
        let reversed = estimator.advantages(of: step.reversed())
        for (a, b) in zip(estimator.advantages(of: step), reversed.reversed()) {
            #expect(AdvantageCases.difference(a, b) < 1e-14)
        }
    }

    @Test(arguments: AdvantageCases.all)
    func lengthsOfZeroAreFinite(estimator: AdvantageEstimator) {
        for lengths in [[0, 0, 0], [0, 0, 1], [0, 2, 3]] {
            let advantages = estimator.advantages(of: [GroupScores([1, 0, 0.5], lengths: lengths)])
            #expect(advantages[0].allSatisfy { $0.isFinite })
        }
        #expect(
            AdvantageEstimator.lengthWeightedMean.advantages(
                of: [GroupScores([1, 0], lengths: [0, 0])]) == [[0.5, -0.5]])
        let whitened = AdvantageEstimator.reinforcePlusPlus().advantages(
            of: [GroupScores([1, 0, 0.5], lengths: [0, 2, 3])])
        #expect(whitened[0][0] == 0, "no token carries it")
    }

    /// ±1 have the variance 1, or 2 with the divisor n − 1; ±0.001 have a millionth of it.
    @Test(arguments: [
        (Whitening.Floor.addedToDeviation(0.25), Deviation.population, 1.25, 0.251),
        (.addedToDeviation(0.25), .sample, 2.0.squareRoot() + 0.25, 2e-6.squareRoot() + 0.25),
        (.addedToVariance(0.25), .population, 1.25.squareRoot(), 0.250001.squareRoot()),
        (.leastVariance(0.25), .population, 1, 0.5),
    ])
    func floorsKeepTheDivisorFromZero(
        floor: Whitening.Floor, deviation: Deviation, wide: Double, narrow: Double
    ) {
        let estimator = AdvantageEstimator.reinforcePlusPlus(
            Whitening(unit: .tokens, deviation: deviation, floor: floor))
        #expect(
            AdvantageCases.difference(estimator.advantages([1, -1]), [1 / wide, -1 / wide]) < 1e-15)
        #expect(
            AdvantageCases.difference(
                estimator.advantages([0.001, -0.001]), [0.001 / narrow, -0.001 / narrow])
                < 1e-15)
    }
}
