public import Torch

/// How the losses of single tokens become the loss of the step.
public enum Aggregation: String, Sendable, CaseIterable {
    /// The mean over all completion tokens of the step (DAPO, Yu et al. 2025, equation 8).
    case tokenMean = "token_mean"
    /// The mean over completions of each one's token mean (DeepSeekMath, equation 3).
    case sequenceMean = "sequence_mean"

    /// The weight of each token of a completion, known before the first backward pass, so that
    /// micro-batches add up exactly.
    ///
    /// - Parameters:
    ///   - tokens: completion tokens of the whole step.
    ///   - sequences: completions of the whole step.
    /// - Returns: the weight of each token of a completion of a length.
    func weight(tokens: Int, sequences: Int) -> (_ length: Int) -> Double {
        switch self {
        case .tokenMean: { _ in 1 / Double(tokens) }
        case .sequenceMean: { 1 / (Double(sequences) * Double($0)) }
        }
    }
}

/// The objective of a policy update: the clipped surrogate and the distance to the reference.
public struct PolicyObjective: Sendable, Equatable {
    /// ε below: ratios under `1 − clipLow` have no gradient where the advantage is negative.
    public var clipLow: Double
    /// ε above: ratios over `1 + clipHigh` have no gradient where the advantage is positive.
    public var clipHigh: Double
    /// β, the coefficient of the divergence from the reference; 0 for no reference.
    public var klCoefficient: Double
    /// How tokens add up.
    public var aggregation: Aggregation

    /// An objective; by default without a reference.
    public init(
        clipLow: Double = 0.2, clipHigh: Double = 0.2, klCoefficient: Double = 0,
        aggregation: Aggregation = .tokenMean
    ) {
        self.clipLow = clipLow
        self.clipHigh = clipHigh
        self.klCoefficient = klCoefficient
        self.aggregation = aggregation
    }

    /// The loss of each completion token and what the metrics need of it.
    ///
    /// With ratio ρ = π / π_old, advantage A and x = log π_ref − log π
    /// (DeepSeekMath, Shao et al. 2024, equations 3 and 4; k3 of Schulman 2020):
    ///
    ///     ℓ = −min(ρ A, clip(ρ, 1 − clipLow, 1 + clipHigh) A) + β (eˣ − x − 1)
    ///
    /// - Parameters:
    ///   - logProbabilities: log π with gradient, `[C]`
    ///   - old: log π_old, `[C]`
    ///   - reference: log π_ref, `[C]`; needed where β is not 0.
    ///   - advantages: `[C]`
    /// - Returns: the loss and its terms, each `[C]`.
    public func tokenLosses(
        logProbabilities: Tensor, old: Tensor, reference: Tensor?, advantages: Tensor
    ) -> TokenLosses {
        let ratio = (logProbabilities - old).exponential()
        let clipped = ratio.clamped(1 - clipLow, 1 + clipHigh)
        let surrogate = -(ratio * advantages).minimum(clipped * advantages)
        guard klCoefficient != 0, let reference else {
            return TokenLosses(loss: surrogate, surrogate: surrogate, divergence: nil, ratio: ratio)
        }
        let difference = reference - logProbabilities
        let divergence = difference.exponential() - difference - 1
        return TokenLosses(
            loss: surrogate + divergence * klCoefficient, surrogate: surrogate,
            divergence: divergence, ratio: ratio)
    }
}

/// The terms of the loss, token by token.
public struct TokenLosses {
    /// The whole loss, `[C]`
    public let loss: Tensor
    /// The clipped surrogate alone, `[C]`
    public let surrogate: Tensor
    /// The divergence from the reference before its coefficient, `[C]`
    public let divergence: Tensor?
    /// π / π_old, `[C]`
    public let ratio: Tensor
}
