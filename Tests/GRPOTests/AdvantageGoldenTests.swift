import Foundation
import TestSupport
import Testing

@testable import GRPO

/// What `Scripts/peers/make-advantage-goldens.py` took from TRL's and verl's own code, in float64.
private struct AdvantageGolden: Decodable {
    struct Outcome: Decodable {
        let rewards: [Double]
        let groupSize: Int
        let lengths: [Int]
        let estimator: String
        let advantages: [Double]
    }
    struct Parts: Decodable {
        let rewards: [[Double?]]
        let weights: [Double]
        let groupSize: Int
        let lengths: [Int]
        let estimator: String
        let advantages: [Double]
        let policy: [[Double]]?
        let reference: [[Double]]?
        let beta: Double?
    }
    struct Divergence: Decodable {
        let kind: String
        let logp: [[Double]]
        let refLogp: [[Double]]
        let value: [[Double]]
    }
    let verl: [Outcome]
    let parts: [Parts]
    let kl: [Divergence]
}

extension Array {
    fileprivate func grouped(_ size: Int) -> [[Element]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<$0 + size]) }
    }
}

@Suite struct AdvantageGoldenTests {
    private let golden: AdvantageGolden

    init() throws { golden = try Fixtures.golden(AdvantageGolden.self, "advantages.json") }

    /// verl's conventions under our names.
    @Test(arguments: [
        ("group_mean", AdvantageEstimator.groupMean),
        ("group_std", .groupMeanAndDeviation(epsilon: 1e-6)), ("rloo", .leaveOneOut),
        ("reinforce_plus_plus_gamma1", .reinforcePlusPlus()),
        ("reinforce_plus_plus_baseline", .reinforcePlusPlusBaseline()),
        ("pass_at_k", .passAtK(epsilon: 1e-6)), ("opo", .lengthWeightedMean),
    ])
    func everyAdvantageIsVerls(name: String, estimator: AdvantageEstimator) throws {
        let cases = golden.verl.filter { $0.estimator == name }
        #expect(cases.count == 6)
        for expected in cases {
            let lengths = expected.lengths.grouped(expected.groupSize)
            let groups = zip(expected.rewards.grouped(expected.groupSize), lengths)
                .map { GroupScores($0, lengths: $1) }
            let advantages = estimator.advantages(of: groups).flatMap { $0 }
            #expect(largestRelativeDifference(advantages, expected.advantages) < 1e-9)
        }
    }

    /// Three single rewards with weights, continuous, binary with groups of equal rewards, and with
    /// missing ones.
    @Test(arguments: [
        ("trl_none", AdvantageEstimator.groupMean),
        ("trl_group", .groupMeanAndDeviation(epsilon: 1e-4)),
        ("trl_batch", .groupMeanAndBatchDeviation(epsilon: 1e-4)),
        ("trl_gdpo", .decoupledRewards()), ("trl_rloo", .leaveOneOut),
        ("trl_rloo_kl", .leaveOneOut), ("verl_gdpo", .decoupledRewards(epsilon: 1e-6, .verl)),
    ])
    func everyAdvantageOfSeveralRewardsIsTheirs(
        name: String, estimator: AdvantageEstimator
    ) throws {
        let cases = golden.parts.filter { $0.estimator == name }
        #expect(cases.count == (name == "verl_gdpo" ? 2 : 3))
        for expected in cases {
            let advantages = estimator.advantages(of: groups(of: expected)).flatMap { $0 }
            // Where ours is exactly 0, TRL's is the rounding of a mean.
            #expect(
                largestRelativeDifference(advantages, expected.advantages, floor: 1e-6) < 1e-9)
        }
    }

    private func groups(of expected: AdvantageGolden.Parts) -> [GroupScores] {
        let places = Array(expected.rewards.indices).grouped(expected.groupSize)
        return places.map { places in
            let parts = places.map { expected.rewards[$0] }
            let totals = parts.map { parts -> Double? in
                guard parts.contains(where: { $0 != nil }) else { return nil }
                return zip(parts, expected.weights).reduce(0) { $0 + ($1.0 ?? 0) * $1.1 }
            }
            let scores = GroupScores(
                totals, parts: parts, weights: expected.weights,
                lengths: places.map { expected.lengths[$0] })
            guard let policy = expected.policy, let reference = expected.reference,
                let beta = expected.beta
            else { return scores }
            return DivergencePenalty(coefficient: beta).penalized(
                scores, policy: places.map { policy[$0] }, reference: places.map { reference[$0] })
        }
    }

    @Test(arguments: [
        ("kl", DivergencePenalty.Estimator.k1), ("abs", .absolute), ("mse", .k2),
        ("low_var_kl", .k3),
    ])
    func everyDivergenceIsVerls(kind: String, estimator: DivergencePenalty.Estimator) throws {
        let expected = try #require(golden.kl.first { $0.kind == kind })
        let values = zip(expected.logp, expected.refLogp).map { policy, reference in
            zip(policy, reference).map { estimator.divergence(policy: $0, reference: $1) }
        }
        #expect(
            largestRelativeDifference(values.flatMap { $0 }, expected.value.flatMap { $0 }) < 1e-9)
        let penalty = DivergencePenalty(coefficient: 0.1, estimator: estimator)
        for (place, sum) in expected.value.map({ $0.reduce(0, +) }).enumerated() {
            let ours = penalty.divergence(
                policy: expected.logp[place], reference: expected.refLogp[place])
            #expect(abs(ours - sum) <= 1e-9 * abs(sum))
        }
    }

    /// The conventions of the published systems for one solved completion of four.
    @Test(arguments: [
        ("article", AdvantageEstimator.groupMean, 0.75, -0.25),
        ("TRL", .groupMeanAndDeviation(epsilon: 1e-4), 1.49970005998800, -0.49990001999600),
        ("verl", .groupMeanAndDeviation(epsilon: 1e-6), 1.49999700000600, -0.49999900000200),
        ("OpenRLHF", .groupMeanAndDeviation(epsilon: 1e-9), 1.499999997, -0.499999999),
        (
            "mlx-lm-lora", .groupMeanAndDeviation(epsilon: 1e-4, deviation: .population),
            1.7316508999, -0.5772169666
        ),
        (
            "TRL asynchronous", .groupMeanAndDeviation(epsilon: 1e-8, deviation: .population),
            1.7320507676, -0.5773502559
        ),
        ("RLOO", .leaveOneOut, 1, -1.0 / 3), ("MaxRL", .maximumLikelihood(), 3, -1),
        ("verl pass@k", .passAtK(epsilon: 1e-6), 1.9999960000, 0),
    ])
    func publishedConventionsAreReached(
        system: String, estimator: AdvantageEstimator, best: Double, other: Double
    ) {
        let advantages = estimator.advantages([1, 0, 0, 0])
        #expect(largestRelativeDifference(advantages, [best, other, other, other]) < 1e-9)
    }
}
