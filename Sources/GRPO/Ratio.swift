import Torch

/// Which ratio of the policy π to the policy π_old that sampled stands before the advantage.
public enum Ratio: String, Sendable, CaseIterable {
    /// ρ = π / π_old of the token (PPO, Schulman et al. 2017, equation 6; DeepSeekMath, Shao et al.
    /// 2024, equation 3).
    case token
    /// The whole completion's, normalised by its length: s = exp(mean log ρ)
    /// (GSPO, Zheng et al. 2025, arXiv 2507.18071, equation 7).
    ///
    /// Computed as GSPO-token (equation 14), sg[s] ρ / sg[ρ]: value and gradient are those of
    /// equation 7 where the advantage is that of the completion, and it stays defined where each
    /// token has its own.
    case sequence
    /// The same mean, but the trust region holds each token's log ratio before the mean is taken
    /// (GMPO, Zhao et al. 2025, arXiv 2507.20673).
    case geometricMean = "geometric_mean"
    /// None: the gradient is that of A log π (REINFORCE, Williams 1992; GPG, Chu et al. 2025).
    case none
}

/// |log ρ| is held below this, as verl does; beyond it, a token has no gradient through its ratio.
///
/// e²⁰ is 5·10⁸: a token that much more probable than when it was sampled says nothing about the
/// policy, and without the bound one of e⁹⁰ makes a float32 loss NaN. TRL has no such bound.
let largestLogRatio = 20.0

extension Tensor {
    /// The values of `value` with the gradient of this tensor.
    func carryingValue(_ value: Tensor) -> Tensor { self - detached() + value.detached() }

    /// True where an element is below a number.
    func isBelow(_ bound: Double) -> Tensor { self .< scalar(bound) }

    /// True where an element is above a number.
    func isAbove(_ bound: Double) -> Tensor { scalar(bound) .< self }

    /// True where an element is a number or above it.
    func isAtLeast(_ bound: Double) -> Tensor { scalar(bound) .<= self }

    /// A mask as ones and zeros of the type of `other`.
    func asNumbers(like other: Tensor) -> Tensor { to(other.dtype) }

    /// A number of this tensor's type that broadcasts.
    func scalar(_ value: Double) -> Tensor {
        .full(value, shape: [], dtype: dtype, device: device)
    }
}
