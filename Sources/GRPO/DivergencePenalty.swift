import Foundation
import Torch

/// A penalty in the reward for moving away from the reference, instead of a term of the loss.
///
/// The reward of a completion is lowered by β · Σ_t d_t, where d_t estimates the divergence of the
/// policy from the reference at token t (RLOO, Ahmadian et al. 2024, arXiv 2402.14740; PPO for
/// language models, Ziegler et al. 2019, equation 2). It is constant in the gradient: only the
/// advantage changes.
public struct DivergencePenalty: Sendable, Equatable {
    /// The estimate at one token; x = log π_ref − log π (Schulman 2020).
    public enum Estimator: String, Sendable, CaseIterable {
        /// `−x`; no bias, either sign. TRL's RLOO; verl `kl`.
        case k1
        /// `|x|`; verl `abs`.
        case absolute
        /// `x² / 2`; verl `mse`.
        case k2
        /// `eˣ − x − 1`; no bias, never negative.
        ///
        /// verl `low_var_kl`, which clamps x to ±20 and the result to ±10; here nothing is hidden.
        case k3

        /// The estimate of one token, in nats.
        public func divergence(policy: Double, reference: Double) -> Double {
            let difference = reference - policy
            switch self {
            case .k1: return -difference
            case .absolute: return abs(difference)
            case .k2: return difference * difference / 2
            case .k3: return exp(difference) - difference - 1
            }
        }
    }

    /// β
    public var coefficient: Double
    /// The estimate at one token.
    public var estimator: Estimator

    /// A penalty; k1 is TRL's and the papers'.
    public init(coefficient: Double, estimator: Estimator = .k1) {
        self.coefficient = coefficient
        self.estimator = estimator
    }

    /// The divergence of a completion, before the coefficient.
    ///
    /// - Parameters:
    ///   - policy: log π of each token under the policy that sampled, in nats.
    ///   - reference: log π_ref of each token.
    /// - Returns: Σ_t d_t
    public func divergence<Number: BinaryFloatingPoint>(
        policy: [Number], reference: [Number]
    ) -> Double {
        require(
            policy.count == reference.count,
            "DivergencePenalty: \(policy.count) tokens of the policy, "
                + "\(reference.count) of the reference")
        return zip(policy, reference).reduce(0) { sum, pair in
            sum + estimator.divergence(policy: Double(pair.0), reference: Double(pair.1))
        }
    }

    /// Puts the penalty into the scores of a group.
    ///
    /// - Parameters:
    ///   - scores: of the group.
    ///   - policy: log π of each token of each completion.
    ///   - reference: log π_ref of each token of each completion.
    /// - Returns: the scores with one more single reward, Σ_t d_t weighted with −β.
    public func penalized<Number: BinaryFloatingPoint>(
        _ scores: GroupScores, policy: [[Number]], reference: [[Number]]
    ) -> GroupScores {
        require(policy.count == reference.count, "DivergencePenalty: completions do not fit")
        let sums = zip(policy, reference).map { divergence(policy: $0, reference: $1) }
        return scores.adding(sums, weight: -coefficient)
    }
}
