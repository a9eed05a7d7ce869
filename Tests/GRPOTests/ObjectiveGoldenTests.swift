import Foundation
import TestSupport
import Testing
import Torch

@testable import GRPO

/// Losses, gradients and metrics that TRL's and verl's own code gave.
private struct ObjectiveGolden: Decodable {
    struct TRL: Decodable {
        let cases: [TRLCase]
    }
    struct Verl: Decodable {
        let losses: [VerlLoss]
        let divergences: [VerlDivergence]
    }
    let trl: TRL
    let verl: Verl
}

private struct TRLCase: Decodable {
    struct Settings: Decodable {
        let lossType: String
        let level: String?
        let beta: Double?
        let epsLow: Double?
        let epsHigh: Double?
        let delta: Double?
        let topEntropyQuantile: Double?
        let offPolicyMaskThreshold: Double?
        let entropyCoef: Double?
        let klBiasCorrection: Bool?
    }
    let `case`: Settings
    let maxCompletionLength: Int
    let lengths: [Int]
    let logp: [Double]
    let oldLogp: [Double]
    let refLogp: [Double]?
    let entropy: [Double]
    let advantages: [Double]
    let loss: Double
    let grad: [Double]
    let metrics: [String: Double]

    var tokens: GivenTokens {
        GivenTokens(
            lengths: lengths, logProbabilities: logp, old: oldLogp, reference: refLogp,
            entropies: entropy, advantages: advantages)
    }

    var objective: PolicyObjective {
        let (low, high) = (`case`.epsLow ?? 0.2, `case`.epsHigh ?? 0.2)
        var objective = PolicyObjective()
        objective.trustRegion =
            `case`.delta.map { .boundedClip(low: low, high: high, bound: $0) }
            ?? .clip(low: low, high: high)
        if `case`.level == "sequence" { objective.ratio = .sequence }
        switch `case`.lossType {
        case "grpo": objective.aggregation = .sequenceMean
        case "bnpo": objective.aggregation = .microBatchTokenMean
        case "dr_grpo": objective.aggregation = .constantLength(maxCompletionLength)
        case "luspo": objective.aggregation = .sequenceSum
        case "cispo": objective.trustRegion = .cappedWeight(cap: high)
        case "sapo":
            (objective.trustRegion, objective.aggregation) = (.softGate(), .sequenceMean)
        case "vespo": (objective.ratio, objective.trustRegion) = (.sequence, .gammaWeight())
        default: #expect(`case`.lossType == "dapo")
        }
        if let beta = `case`.beta {
            objective.divergence = Divergence(
                coefficient: .fixed(beta),
                correction: `case`.klBiasCorrection == true ? .ratio : .none)
        }
        objective.topEntropyShare = `case`.topEntropyQuantile ?? 1
        objective.offPolicyThreshold = `case`.offPolicyMaskThreshold
        if let coefficient = `case`.entropyCoef { objective.entropyBonus = .fixed(coefficient) }
        return objective
    }
}

private struct VerlLoss: Decodable {
    struct Settings: Decodable {
        let agg: String?
        let lo: Double?
        let hi: Double?
        let c: Double?
    }
    let loss: String
    let settings: Settings
    let lengths: [Int]
    let logp: [Double]
    let oldLogp: [Double]
    let advantages: [Double]
    let value: Double
    let grad: [Double]

    var objective: PolicyObjective {
        let (low, high, bound) = (settings.lo ?? 0.2, settings.hi ?? 0.28, settings.c ?? 3)
        var objective = PolicyObjective()
        objective.countsEmptyCompletions = false
        switch settings.agg {
        case "seq-mean-token-mean": objective.aggregation = .sequenceMean
        case "seq-mean-token-sum": objective.aggregation = .sequenceSum
        default: #expect(settings.agg == nil)
        }
        objective.trustRegion = .clip(low: low, high: high)
        switch loss {
        case "gspo": objective.ratio = .sequence
        case "cispo": objective.trustRegion = .clippedWeight(low: low, high: high)
        case "sapo": objective.trustRegion = .softGate()
        case "geo_mean": (objective.ratio, objective.aggregation) = (.geometricMean, .sequenceMean)
        case "gpg": (objective.ratio, objective.trustRegion) = (.none, .none)
        case "dppo_tv": objective.trustRegion = .totalVariation(low: low, high: high)
        case "dppo_kl": objective.trustRegion = .binaryDivergence(low: low, high: high)
        default:
            #expect(loss == "vanilla")
            objective.trustRegion = .boundedClip(low: low, high: high, bound: bound)
        }
        return objective
    }

    /// verl divides a completion's sum by n + 1e-8, which for n = 1 is 1e-8 off the mean. All
    /// losses are linear in the advantage, so that this is a factor on it.
    func withItsEpsilon() -> (tokens: GivenTokens, gradientFactor: [Double]) {
        var tokens = GivenTokens(
            lengths: lengths, logProbabilities: logp, old: oldLogp, advantages: advantages)
        var factors = [Double](repeating: 1, count: lengths.count)
        var start = 0
        for (place, length) in lengths.enumerated() where objective.aggregation == .sequenceMean {
            let share = Double(length) / (Double(length) + 1e-8)
            tokens.advantages[place] *= share
            if loss == "geo_mean" {
                // Here it stands in the exponent too, and so once more in the gradient.
                let advantage = advantages[place]
                let held = (start..<start + length).map {
                    advantage > 0
                        ? min(logp[$0] - oldLogp[$0], 0.2) : max(logp[$0] - oldLogp[$0], -0.2)
                }
                let mean = held.reduce(0, +) / Double(length)
                tokens.advantages[place] *= exp((share - 1) * mean)
                factors[place] = share
            }
            start += length
        }
        return (tokens, zip(lengths, factors).flatMap { repeatElement($1, count: $0) })
    }
}

private struct VerlDivergence: Decodable {
    let kind: String
    let logp: [Double]
    let refLogp: [Double]
    let value: [Double]
}

@Suite struct ObjectiveGoldenTests {
    private let golden: ObjectiveGolden

    init() throws { golden = try Fixtures.golden(ObjectiveGolden.self, "objective.json") }

    /// Whole, and in micro-batches of one and of about two completions.
    @Test(arguments: [1 << 20, 1, 15])
    func lossesAndGradientsAreThoseOfTRL(tokenBudget: Int) throws {
        #expect(golden.trl.cases.count == 27)
        for expected in golden.trl.cases {
            let objective = expected.objective
            try objective.validate()
            // TRL's BNPO depends on the micro-batches; its golden is of one.
            let budget = expected.case.lossType == "bnpo" ? 1 << 20 : tokenBudget
            let result = objective.evaluate(expected.tokens, tokenBudget: budget)
            let scale = expected.grad.map(abs).max() ?? 0
            let difference = max(
                abs(result.loss - expected.loss) / abs(expected.loss),
                largestRelativeDifference(result.gradient, expected.grad, floor: 1e-3 * scale))
            #expect(difference <= 1e-9, "\(expected.case)")
        }
    }

    /// TRL's shares are float32.
    @Test func metricsAreThoseOfTRLUnderItsNames() {
        for expected in golden.trl.cases {
            let objective = expected.objective
            let metrics = objective.evaluate(expected.tokens).logged(by: objective)
            for (name, value) in expected.metrics {
                let found = metrics[name] ?? .nan
                #expect(abs(found - value) <= 1e-7, "\(name) of \(expected.case)")
            }
        }
    }

    @Test(arguments: [1 << 20, 1, 13])
    func lossesAndGradientsAreThoseOfVerl(tokenBudget: Int) throws {
        #expect(golden.verl.losses.count == 11)
        for expected in golden.verl.losses {
            let objective = expected.objective
            try objective.validate()
            let (tokens, factor) = expected.withItsEpsilon()
            let result = objective.evaluate(tokens, tokenBudget: tokenBudget)
            let gradient = zip(result.gradient, factor).map(*)
            let scale = expected.grad.map(abs).max() ?? 0
            let difference = max(
                abs(result.loss - expected.value) / abs(expected.value),
                largestRelativeDifference(gradient, expected.grad, floor: 1e-3 * scale))
            #expect(difference <= 1e-9, "\(expected.loss) \(expected.settings)")
        }
    }

    @Test func divergencesAreThoseOfVerl() throws {
        for expected in golden.verl.divergences {
            let estimator: Divergence.Estimator
            switch expected.kind {
            case "kl": estimator = .k1
            case "mse": estimator = .k2
            case "low_var_kl": estimator = .k3
            default:
                // |x|, whose mean is no divergence, is not offered.
                #expect(expected.kind == "abs")
                continue
            }
            let found = estimator.values(
                logProbabilities: Tensor(expected.logp), reference: Tensor(expected.refLogp)
            ).doubles
            #expect(largestRelativeDifference(found, expected.value, floor: 1e-6) <= 1e-9)
        }
    }
}
