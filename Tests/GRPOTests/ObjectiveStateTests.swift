import Foundation
import TestSupport
import Testing
import Torch

@testable import GRPO

@Suite struct ObjectiveValidationTests {
    private func refusal(_ change: (inout PolicyObjective) -> Void) -> String? {
        var objective = PolicyObjective()
        change(&objective)
        do throws(ObjectiveError) {
            try objective.validate()
            return nil
        } catch {
            return error.description
        }
    }

    @Test func choicesThatDoNotGoTogetherAreNamedWithTheNextMove() {
        #expect(refusal { _ in } == nil)
        #expect(
            refusal { $0.ratio = .none }
                == "objective: ratio none and trust region clip do not go together: there is no "
                + "ratio to bound. Choose trust region none, or ratio token.")
        #expect(
            refusal { $0.trustRegion = .gammaWeight() }
                == "objective: ratio token and trust region gammaWeight do not go together: "
                + "VESPO's weight is that of a whole completion. Choose ratio sequence.")
        #expect(
            refusal {
                ($0.ratio, $0.trustRegion) = (.sequence, .totalVariation(low: 0.2, high: 0.2))
            }
                == "objective: ratio sequence and trust region totalVariation do not go together: "
                + "DPPO bounds the probability of single tokens. Choose ratio token, or trust "
                + "region clip.")
        #expect(
            refusal { ($0.ratio, $0.trustRegion) = (.geometricMean, .softGate()) }
                == "objective: ratio geometricMean and trust region softGate do not go together: "
                + "GMPO bounds log ratios of tokens before their mean. Choose trust region clip "
                + "or none, or ratio sequence.")
        #expect(
            refusal { $0.divergence = Divergence(.k1, coefficient: .fixed(0.1)) }
                == "objective: estimator k1 and correction none do not go together: the gradient "
                + "of k1 is that of log π, whose mean is 0, so nothing is held. Choose correction "
                + "ratio or straightThrough, or estimator k2 or k3.")
        #expect(
            refusal {
                $0.divergence = Divergence(
                    .k2, coefficient: .fixed(0.1), correction: .straightThrough)
            }?.hasSuffix("Choose correction none.") == true)
    }

    @Test func numbersOutOfRangeAreRefused() {
        let changes: [(inout PolicyObjective) -> Void] = [
            { $0.trustRegion = .clip(low: 1.5, high: 0.2) },
            { $0.trustRegion = .clip(low: 0.2, high: -0.1) },
            { $0.trustRegion = .clip(low: .nan, high: 0.2) },
            { $0.trustRegion = .boundedClip(low: 0.2, high: 0.2, bound: 1.1) },
            { $0.trustRegion = .cappedWeight(cap: 0.2) },
            { $0.trustRegion = .softGate(positiveTemperature: 0) },
            { $0.trustRegion = .totalVariation(low: -0.1, high: 0.2) },
            { $0.trustRegion = .binaryDivergence(low: 0.1, high: 0.2, cap: 0.5) },
            {
                $0.ratio = .sequence
                $0.trustRegion = .gammaWeight(positive: .init(power: 2, rate: 0))
            },
            { $0.aggregation = .constantLength(0) },
            { $0.divergence = Divergence(coefficient: .fixed(0)) },
            {
                $0.divergence = Divergence(
                    coefficient: .adaptive(initial: 0.1, target: 0, horizon: 10))
            },
            { $0.entropyBonus = .fixed(0) }, { $0.entropyBonus = .adaptive(target: -1) },
            { $0.entropyBonus = .adaptive(target: 1, initial: 2) },
            { $0.topEntropyShare = 0 }, { $0.topEntropyShare = 1.1 },
            { $0.offPolicyThreshold = -1 },
        ]
        for (place, change) in changes.enumerated() {
            #expect(refusal(change)?.contains("expected") == true, "change \(place)")
        }
        #expect(
            refusal { $0.trustRegion = .cappedWeight(cap: 0.2) }
                == "objective: cap is 0.2, expected at least 1: it is the largest ratio itself, "
                + "not ε; 5 is usual.")
        #expect(PolicyObjective.surrogates.count == 18, "what goes together is accepted")
        // The bounds of GMPO are on log ρ.
        #expect(
            refusal { ($0.ratio, $0.trustRegion) = (.geometricMean, .clip(low: 2, high: 2)) } == nil
        )
    }
}

@Suite struct ObjectiveStateTests {
    @Test func theDivergenceIsSteeredToItsTarget() {
        let coefficient = Divergence.Coefficient.adaptive(initial: 0.1, target: 0.02, horizon: 100)
        #expect(coefficient.next(0.1, divergence: 0.02, completions: 10) == 0.1)
        // 10 % above the target: 1 + 0.1 · 10/100.
        #expect(abs(coefficient.next(0.1, divergence: 0.022, completions: 10) - 0.101) < 1e-15)
        // The error is held within ±0.2.
        #expect(abs(coefficient.next(0.1, divergence: 9, completions: 10) - 0.102) < 1e-15)
        #expect(abs(coefficient.next(0.1, divergence: 0, completions: 10) - 0.098) < 1e-15)
        #expect(Divergence.Coefficient.fixed(0.3).next(0.3, divergence: 9, completions: 1) == 0.3)
    }

    @Test func theBonusActsAfterAStepBelowItsTarget() {
        var objective = PolicyObjective()
        objective.entropyBonus = .adaptive(target: 1, step: 0.1, range: 0...0.25, initial: 0.1)
        var state = ObjectiveState(objective)
        var acting: [Double] = []
        for entropy in [0.5, 0.5, 0.5, 2, 1] {
            acting.append(state.actingEntropyCoefficient(objective.entropyBonus))
            state.adapt(objective, to: .init(entropy: entropy), completions: 4)
        }
        acting.append(state.actingEntropyCoefficient(objective.entropyBonus))
        #expect(largestDifference(acting, [0, 0.2, 0.25, 0.25, 0, 0.25]) < 1e-15)
    }

    @Test func theStateSurvivesACheckpoint() throws {
        var objective = PolicyObjective()
        objective.entropyBonus = .adaptive(target: 1, initial: 0.1)
        objective.divergence = Divergence(
            coefficient: .adaptive(initial: 0.3, target: 0.1, horizon: 7))
        var state = ObjectiveState(objective)
        state.adapt(
            objective, to: .init(divergence: 0.3, entropy: 0.123_456_789), completions: 3)
        let read = try JSONDecoder().decode(
            ObjectiveState.self, from: JSONEncoder().encode(state))
        #expect(read == state)
        #expect(state.divergenceCoefficient != 0.3)
    }

    @Test func theBonusPullsEveryTokenEqually() {
        var objective = PolicyObjective()
        objective.entropyBonus = .fixed(0.3)
        for aggregation in PolicyObjective.aggregations {
            objective.aggregation = aggregation
            let tokens = GivenTokens(lengths: [3, 0, 2], advantages: [1, 1, -1], seed: 4)
            let result = objective.evaluate(tokens, tokenBudget: 1)
            #expect(
                largestDifference(result.entropyGradient, [Double](repeating: -0.06, count: 5))
                    < 1e-15)
        }
    }

    @Test func onlyTheTokensOfTheHighestEntropyHaveAGradient() {
        var tokens = GivenTokens(
            lengths: [4, 1], logProbabilities: [-1, -1, -1, -1, -1], old: [-1, -1, -1, -1, -1],
            entropies: [0.1, 2, 0.3, 1, 0.2], advantages: [1, 1])
        tokens.groupSize = 2
        var objective = PolicyObjective()
        objective.topEntropyShare = 0.4
        objective.entropyBonus = .fixed(1)
        for budget in [1, 100] {
            let result = objective.evaluate(tokens, tokenBudget: budget)
            // The denominator of the surrogate stays that of all tokens, the bonus is of those two.
            #expect(largestDifference(result.gradient, [0, -0.2, 0, -0.2, 0]) < 1e-15)
            #expect(largestDifference(result.entropyGradient, [0, -0.5, 0, -0.5, 0]) < 1e-15)
            #expect(result.state.lastEntropy == 1.5)
        }
    }

    @Test func quantilesAreInterpolated() {
        let values: [Double] = [4, 1, 3, 2]
        #expect([0, 0.5, 1, 0.25].map(values.quantile) == [1, 2.5, 4, 1.75])
        #expect([Double]().quantile(0.5) == -.infinity)
    }

    @Test func onlyNegativeCompletionsFarFromThePolicyAreDropped() {
        // Mean log π_old − log π: 0.6, 0.6, 0.4 and −0.6.
        let tokens = GivenTokens(
            lengths: [2, 2, 1, 1], logProbabilities: [-2.2, -1, -2.2, -1, -1.4, -0.4],
            old: [-1, -1, -1, -1, -1, -1], advantages: [1, -1, -1, -1])
        var objective = PolicyObjective()
        objective.trustRegion = .none
        objective.offPolicyThreshold = 0.5
        let gradient = objective.evaluate(tokens).gradient
        #expect(gradient.map { $0 != 0 } == [true, true, false, false, true, true])
    }
}
