import Foundation
import TestSupport
import Testing
import Torch

@testable import GRPO

@Suite struct SurrogateTests {
    private let tokens = GivenTokens(
        lengths: [4, 1, 6, 0, 3, 2, 5], advantages: [0.7, -1.2, 0.4, 2, -0.3, 1.5, -0.9],
        groupSize: 3, seed: 1)

    // MARK: Gradients

    /// Those whose weights have a gradient: the loss is differentiated numerically.
    @Test func gradientsAreThoseOfFiniteDifferences() {
        for (ratio, region) in PolicyObjective.surrogates {
            switch region {
            case .clip, .boundedClip, .softGate, .none: break
            default: continue
            }
            let objective = PolicyObjective.testing(ratio, region, .sequenceMean)
            let gradient = objective.evaluate(tokens).gradient
            let width = 1e-6
            for place in gradient.indices {
                let losses = [width, -width].map { change in
                    var moved = tokens
                    moved.logProbabilities[place] += change
                    return objective.evaluate(moved).loss
                }
                let expected = (losses[0] - losses[1]) / (2 * width)
                #expect(abs(gradient[place] - expected) < 1e-9, "\(ratio) \(region) \(place)")
            }
        }
    }

    /// Those whose weights have none: ℓ = −weight A log π, so the gradient is −weight A.
    @Test func weightsWithoutGradientStandBeforeLogPi() {
        let ratios = zip(tokens.logProbabilities, tokens.old).map { exp($0 - $1) }
        for (ratio, region) in PolicyObjective.surrogates where ratio == .token {
            let weight: (Double, Double) -> Double
            switch region {
            case .cappedWeight(let cap): weight = { ratio, _ in min(ratio, cap) }
            case .clippedWeight(let low, let high):
                weight = { ratio, _ in min(max(ratio, 1 - low), 1 + high) }
            case .totalVariation(let low, let high, let cap):
                weight = { ratio, rise in
                    rise > high || rise < -low ? 0 : min(ratio, cap)
                }
            default: continue
            }
            let result = PolicyObjective.testing(ratio, region).evaluate(tokens)
            var place = 0
            for (length, advantage) in zip(tokens.lengths, tokens.advantages) {
                for _ in 0..<length {
                    let rise = exp(tokens.logProbabilities[place]) - exp(tokens.old[place])
                    let harmful = rise * advantage > 0 ? rise : 0
                    let expected = -weight(ratios[place], harmful) * advantage / 21
                    #expect(abs(result.gradient[place] - expected) < 1e-14, "\(region)")
                    place += 1
                }
            }
        }
    }

    /// The same without the formula of the weight.
    @Test func theLossOfAWeightWithoutGradientIsLinearInLogPi() {
        for (ratio, region) in PolicyObjective.surrogates {
            switch region {
            case .clip, .boundedClip, .softGate, .none: continue
            default: break
            }
            let result = PolicyObjective.testing(ratio, region).evaluate(tokens)
            let linear = zip(result.gradient, tokens.logProbabilities).map(*).reduce(0, +)
            #expect(abs(result.loss - linear) < 1e-14, "\(ratio) \(region)")
            #expect(result.gradient.contains { $0 != 0 })
        }
    }

    @Test(arguments: Divergence.Estimator.allCases)
    func divergencesHaveTheGradientOfFiniteDifferences(estimator: Divergence.Estimator) {
        for correction in Divergence.Correction.allCases {
            var objective = PolicyObjective.testing(.token, .none)
            objective.divergence = Divergence(
                estimator, coefficient: .fixed(0.7), correction: correction)
            let gradient = objective.evaluate(tokens).gradient
            // The straight-through gradient is that of k2.
            if correction == .straightThrough {
                objective.divergence = Divergence(.k2, coefficient: .fixed(0.7))
            }
            let width = 1e-6
            for place in gradient.indices {
                let losses = [width, -width].map { change in
                    var moved = tokens
                    moved.logProbabilities[place] += change
                    return objective.evaluate(moved).loss
                }
                let expected = (losses[0] - losses[1]) / (2 * width)
                #expect(abs(gradient[place] - expected) < 1e-9)
            }
        }
    }

    @Test func geometricMeanWithoutBoundsIsTheSequenceRatio() {
        let wide = TrustRegion.clip(low: 1, high: 9)
        let (gmpo, gspo) = (
            PolicyObjective.testing(.geometricMean, wide).evaluate(tokens),
            PolicyObjective.testing(.sequence, wide).evaluate(tokens)
        )
        #expect(abs(gmpo.loss - gspo.loss) < 1e-14)
        #expect(largestDifference(gmpo.gradient, gspo.gradient) < 1e-14)
    }

    // MARK: Metrics

    /// What is logged where ρ is 2 and 1/2 under an advantage of 1, then under one of −1.
    static let shares: [(Ratio, TrustRegion, [String: Double])] = [
        (
            .token, .boundedClip(low: 0.2, high: 0.2, bound: 1.5),
            [
                "clip_ratio/low_mean": 0.25, "clip_ratio/high_mean": 0.25,
                "clip_ratio/region_mean": 0.5, "clip_ratio/bound_mean": 0.25,
            ]
        ),
        (
            .token, .clippedWeight(low: 0.2, high: 0.2),
            ["clip_ratio/low_mean": 0.5, "clip_ratio/high_mean": 0.5]
        ),
        (.token, .cappedWeight(cap: 1.5), ["cispo_clip_ratio": 0.25]),
        (
            .token, .totalVariation(low: 0.1, high: 0.3),
            ["clip_ratio/low_mean": 0.25, "clip_ratio/high_mean": 0.25]
        ),
        (
            .token, .totalVariation(low: 0.3, high: 0.1),
            ["clip_ratio/low_mean": 0, "clip_ratio/high_mean": 0.25]
        ),
        (
            .token, .binaryDivergence(low: 0.01, high: 0.3),
            ["clip_ratio/low_mean": 0.25, "clip_ratio/high_mean": 0]
        ),
        (
            .geometricMean, .clip(low: 0.2, high: 0.2),
            [
                "clip_ratio/low_mean": 0.25, "clip_ratio/high_mean": 0.25,
                "clip_ratio/high_max": 1, "clip_ratio/low_min": 0,
            ]
        ),
    ]

    @Test func sharesAreOfWhatTheTrustRegionTookAway() {
        let tokens = GivenTokens(
            lengths: [1, 1, 1, 1],
            logProbabilities: [log(2) - 1, log(0.5) - 1, log(2) - 1, log(0.5) - 1],
            old: [-1, -1, -1, -1], advantages: [1, 1, -1, -1])
        for (ratio, region, expected) in Self.shares {
            var objective = PolicyObjective.testing(ratio, region)
            objective.offPolicyThreshold = 0.5
            for budget in [1, 100] {
                let metrics = objective.evaluate(tokens, tokenBudget: budget).logged(by: objective)
                for (name, value) in expected {
                    #expect(metrics[name] == value, "\(name) of \(region)")
                }
                #expect(metrics["off_policy/dropped"] == 0.25)
                #expect(abs((metrics["ratio/max"] ?? 0) - 2) < 1e-12 || ratio == .geometricMean)
            }
        }
    }

    // MARK: Numbers that trap

    @Test(arguments: [DType.float32, .float64])
    func logRatiosOfFiftyGiveFiniteNumbers(dtype: DType) {
        let tokens = GivenTokens(
            lengths: [2, 2, 1, 1],
            logProbabilities: [-0.5, -60, -60, -0.5, -51, -1e30],
            old: [-50.5, -10, -10, -50.5, -1, -1], reference: [-1, -1, -100, -1, -1, -1],
            advantages: [1, -1, 1, -1])
        for (ratio, region) in PolicyObjective.surrogates {
            var objective = PolicyObjective.testing(ratio, region)
            objective.divergence = Divergence(coefficient: .fixed(0.1), correction: .ratio)
            objective.offPolicyThreshold = 1
            let result = objective.evaluate(tokens, dtype: dtype)
            #expect(result.loss.isFinite, "\(ratio) \(region)")
            #expect(result.gradient.allSatisfy { $0.isFinite }, "\(ratio) \(region)")
        }
    }

    @Test func aRatioFarAboveTheClipHasNoGradientUpAndOneDown() {
        let tokens = GivenTokens(
            lengths: [1, 1], logProbabilities: [-0.5, -0.5], old: [-10.5, -10.5],
            advantages: [1, -1])
        let clip = PolicyObjective.testing(.token, .clip(low: 0.2, high: 0.2)).evaluate(tokens)
        #expect(clip.gradient[0] == 0)
        #expect(abs(clip.gradient[1] - exp(10) / 2) < 1e-9 * exp(10))
        let bounded = PolicyObjective.testing(.token, .boundedClip(low: 0.2, high: 0.2, bound: 3))
            .evaluate(tokens)
        #expect(bounded.gradient == [0, 0])
        #expect(abs(bounded.loss - (-1.2 + 3) / 2) < 1e-15)
    }
}
