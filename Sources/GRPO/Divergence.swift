import Torch

/// The distance to the reference policy that the loss adds, β KL(π ‖ π_ref).
public struct Divergence: Sendable, Equatable {
    /// What estimates the divergence from one token.
    public var estimator: Estimator
    /// β
    public var coefficient: Coefficient
    /// What makes its gradient that of the divergence.
    public var correction: Correction

    /// A divergence; by default k3 as it stands, as in DeepSeekMath, equation 4.
    public init(
        _ estimator: Estimator = .k3, coefficient: Coefficient, correction: Correction = .none
    ) {
        self.estimator = estimator
        self.coefficient = coefficient
        self.correction = correction
    }

    /// An estimator of KL(π ‖ π_ref) from a token of π (Schulman 2020, joschu.net/blog/kl-approx),
    /// with x = log π_ref − log π.
    public enum Estimator: String, Sendable, CaseIterable {
        /// −x: unbiased, of either sign.
        case k1
        /// x² / 2: biased, with an unbiased gradient.
        case k2
        /// eˣ − x − 1: unbiased, never negative; its gradient is that of KL(π_ref ‖ π).
        case k3
    }

    /// What makes the gradient that of the divergence; an estimator's own need not be, even where
    /// its value is unbiased (Tang and Munos 2025, arXiv 2506.09477).
    public enum Correction: String, Sendable, CaseIterable {
        /// The estimator's own gradient.
        case none
        /// The token's ratio π / π_old stands before the estimator (DeepSeek-V3.2, arXiv
        /// 2512.02556; TRL's `use_bias_correction_kl`).
        ///
        /// It is the token's ratio whatever `Ratio` says, as in the paper; TRL takes the
        /// sequence's for GSPO.
        case ratio
        /// The value of the estimator with the gradient of k2 (verl's `k3+`).
        case straightThrough = "straight_through"
    }

    /// β: a number, or one that is steered.
    public enum Coefficient: Sendable, Equatable {
        /// The same in every step.
        case fixed(Double)
        /// After each optimizer step of n completions whose mean divergence per token was d:
        /// β ← β (1 + clip(d / target − 1, ±0.2) n / horizon)
        /// (Ziegler et al. 2019, arXiv 1909.08593, section 2.2; verl's form of it).
        case adaptive(initial: Double, target: Double, horizon: Double)

        /// β of the first step.
        var initial: Double {
            switch self {
            case .fixed(let value), .adaptive(let value, _, _): value
            }
        }

        /// β after a step.
        func next(_ value: Double, divergence: Double, completions: Int) -> Double {
            guard case .adaptive(_, let target, let horizon) = self else { return value }
            let error = min(max(divergence / target - 1, -0.2), 0.2)
            return value * (1 + error * Double(completions) / horizon)
        }
    }
}

extension Divergence.Estimator {
    /// The estimate of each token, `[C]`; |x| is held below 20, as in verl.
    public func values(logProbabilities: Tensor, reference: Tensor) -> Tensor {
        let x = (reference - logProbabilities).clamped(-largestLogRatio, largestLogRatio)
        switch self {
        case .k1: return -x
        case .k2: return x * x * 0.5
        case .k3: return x.exponential() - x - 1
        }
    }
}

extension Divergence {
    /// The divergence of each token before β, `[C]`; `logRatio` is log π − log π_old.
    ///
    /// It traps without log π_ref: an objective with a divergence needs a reference.
    func values(logProbabilities: Tensor, reference: Tensor?, logRatio: Tensor) -> Tensor {
        guard let reference else { fatalError("an objective with a divergence needs log π_ref") }
        let values = estimator.values(logProbabilities: logProbabilities, reference: reference)
        switch correction {
        case .none: return values
        case .ratio: return values * logRatio.exponential()
        case .straightThrough:
            return Estimator.k2.values(logProbabilities: logProbabilities, reference: reference)
                .carryingValue(values)
        }
    }
}
