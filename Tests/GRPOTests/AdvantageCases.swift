import Torch

@testable import GRPO

/// What the tests of advantages are run over.
enum AdvantageCases {
    /// Mean 0 and deviation 1 over completions, without a floor.
    static let whitening = Whitening(
        unit: .completions, deviation: .population, floor: .addedToVariance(0))

    /// Each estimator, in some of its conventions.
    static let all: [AdvantageEstimator] =
        ofTheGroup + [
            .groupMeanAndBatchDeviation(epsilon: 0), .reinforcePlusPlus(),
            .reinforcePlusPlus(whitening), .reinforcePlusPlusBaseline(),
            .reinforcePlusPlusBaseline(.openRLHF), .decoupledRewards(),
            .decoupledRewards(epsilon: 0, .verl), .maximumLikelihood(), .reward,
        ]

    /// Those whose baseline is in the group and moves with its rewards.
    static let ofTheGroup: [AdvantageEstimator] = [
        .groupMean, .groupMeanAndDeviation(epsilon: 0),
        .groupMeanAndDeviation(epsilon: 1e-4, deviation: .population), .leaveOneOut, .passAtK(),
        .passAtK(epsilon: 0), .lengthWeightedMean,
    ]

    /// Three groups of four with lengths from 0 to 8 and two single rewards.
    static func step(seed: UInt64) -> [GroupScores] {
        var stream = RandomStream(seed, 1)
        return (0..<3).map { _ in
            let parts = (0..<4).map { _ in
                (0..<2).map { _ in Double.random(in: -1...1, using: &stream) }
            }
            return GroupScores(
                parts.map { $0[0] + 0.5 * $0[1] }, parts: parts, weights: [1, 0.5],
                lengths: (0..<4).map { _ in Int.random(in: 0...8, using: &stream) })
        }
    }

    /// The largest |a − b|.
    static func difference(_ a: [Double], _ b: [Double]) -> Double {
        zip(a, b).map { abs($0 - $1) }.max() ?? 0
    }
}
