import Testing
import Torch

@testable import GRPO

/// When advantages are exactly 0.
@Suite struct AdvantageSignalTests {
    /// The mean of sixteen 0.7 differs from 0.7 in the last bit; divided by a tiny deviation it
    /// would be a signal.
    @Test(arguments: AdvantageCases.all.filter { $0 != .reward })
    func equalRewardsGiveNoSignal(estimator: AdvantageEstimator) {
        let equal = [Double](repeating: 0.7, count: 16)
        #expect(estimator.advantages(equal) == [Double](repeating: 0, count: 16))
        #expect(
            estimator.advantages(of: [GroupScores(equal, lengths: Array(0..<16))])
                == [[Double](repeating: 0, count: 16)])
        #expect(estimator.advantages([0.3]) == [0])
        #expect(estimator.advantages([]) == [])
        #expect(estimator.advantages(of: []) == [])
        #expect(
            [.reinforcePlusPlus(), .reinforcePlusPlus(AdvantageCases.whitening)].contains(estimator)
                || !estimator.hasSignal(in: GroupScores(equal)))
    }

    @Test func aRewardWithoutABaselineHasASignalEverywhere() {
        #expect(AdvantageEstimator.reward.advantages([0.7, 0.7, nil, 0]) == [0.7, 0.7, 0, 0])
        #expect(AdvantageEstimator.reward.hasSignal(in: GroupScores([0.7, 0.7])))
        #expect(!AdvantageEstimator.reward.hasSignal(in: GroupScores([0, nil])))
    }

    @Test(arguments: AdvantageCases.all)
    func allRewardsMissingGivesZeros(estimator: AdvantageEstimator) {
        let missing = GroupScores([nil, nil, nil], lengths: [2, 0, 1])
        #expect(estimator.advantages(of: [missing, missing]) == [[0, 0, 0], [0, 0, 0]])
        #expect(!estimator.hasSignal(in: missing))
    }

    /// A missing reward is as good as a smaller group.
    @Test(arguments: AdvantageCases.all)
    func aMissingRewardLeavesTheBaseline(estimator: AdvantageEstimator) {
        let step = AdvantageCases.step(seed: 9)
        let without = step.map { group in
            GroupScores(
                Array(group.totals[1...]), parts: Array(group.parts[1...]),
                weights: group.weights, lengths: Array(group.lengths[1...]))
        }
        let missing = step.map { group in
            GroupScores(
                [nil] + group.totals[1...], parts: group.parts, weights: group.weights,
                lengths: group.lengths)
        }
        #expect(
            estimator.advantages(of: missing) == estimator.advantages(of: without).map { [0] + $0 })
        #expect(AdvantageEstimator.groupMean.advantages([1, nil, 0]) == [0.5, 0, -0.5])
        #expect(AdvantageEstimator.groupMean.advantages([nil, nil, 3]) == [0, 0, 0])
    }

    /// Groups of equal rewards beside it are exactly 0, except where the baseline is the step's or
    /// the mean over tokens is subtracted.
    @Test(
        arguments: AdvantageCases.ofTheGroup + [
            .groupMeanAndBatchDeviation(epsilon: 0), .maximumLikelihood(), .decoupledRewards(),
            .reinforcePlusPlusBaseline(AdvantageCases.whitening),
        ])
    func oneInformativeGroupLeavesTheOthersAtZero(estimator: AdvantageEstimator) {
        let step = [
            GroupScores([0.7, 0.7, 0.7], lengths: [3, 1, 2]),
            GroupScores([0.7, 0.1, 0.2], lengths: [1, 2, 5]),
            GroupScores([0.3, 0.3, nil], lengths: [4, 4, 4]),
        ]
        let advantages = estimator.advantages(of: step)
        #expect(advantages[0] == [0, 0, 0])
        #expect(advantages[1].allSatisfy { $0.isFinite } && advantages[1][0] > 0)
        #expect(advantages[2] == [0, 0, 0])
        #expect(step.map(estimator.hasSignal) == [false, true, false])
    }

    /// The sums are equal; the single rewards are not.
    @Test func decoupledRewardsSeeWhatTheSumHides() {
        let group = GroupScores([1, 1], parts: [[1, 0], [0, 1]], weights: [1, 1])
        let twice = GroupScores([2, 2], parts: [[2, 0], [0, 1]], weights: [1, 2])
        let estimator = AdvantageEstimator.decoupledRewards(epsilon: 0, AdvantageCases.whitening)
        #expect(AdvantageEstimator.groupMean.advantages(of: [twice]) == [[0, 0]])
        #expect(estimator.hasSignal(in: twice))
        #expect(AdvantageCases.difference(estimator.advantages(of: [twice])[0], [-1, 1]) < 1e-15)
        #expect(estimator.advantages(of: [group]) == [[0, 0]])
        let unweighted = GroupScores([1, 1], parts: [[1, 0], [1, 5]], weights: [1, 0])
        #expect(!estimator.hasSignal(in: unweighted))
        #expect(estimator.advantages(of: [unweighted]) == [[0, 0]])
    }

    /// Signal is judged from rewards alone; this is that the two never disagree.
    @Test(
        arguments: AdvantageCases.ofTheGroup + [.maximumLikelihood(), .reward, .decoupledRewards()])
    func aGroupHasASignalWhereAnyAdvantageIsNotZero(estimator: AdvantageEstimator) {
        var stream = RandomStream(10)
        var signals = 0
        for _ in 0..<200 {
            let totals = (0..<3).map { _ -> Double? in
                [-0.1, 0, 0.7, nil].randomElement(using: &stream) ?? nil
            }
            let group = GroupScores(totals, lengths: [1, 5, 3])
            let other = GroupScores([0, 1], lengths: [1, 1])
            let advantages = estimator.advantages(of: [group, other])[0]
            #expect(estimator.hasSignal(in: group) == advantages.contains { $0 != 0 })
            signals += estimator.hasSignal(in: group) ? 1 : 0
        }
        #expect(signals > 20 && signals < 180)
    }

    @Test func twoBestCompletionsAddNothingToPassAtK() {
        #expect(AdvantageEstimator.passAtK().advantages([1, 1, 0]) == [0, 0, 0])
        #expect(!AdvantageEstimator.passAtK().hasSignal(in: GroupScores([1, 1, 0])))
        #expect(AdvantageEstimator.passAtK().advantages([3, 1, nil, 0]) == [2, 0, 0, 0])
    }

    @Test func maximumLikelihoodNeedsASuccess() {
        #expect(AdvantageEstimator.maximumLikelihood().advantages([-1, 1, -3]) == [0, 0, 0])
        #expect(!AdvantageEstimator.maximumLikelihood().hasSignal(in: GroupScores([-1, 0])))
        #expect(AdvantageEstimator.maximumLikelihood().advantages([1, 0]) == [1, -1])
    }
}
