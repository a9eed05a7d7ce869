import Torch

/// What keeps an update near the policy that sampled.
///
/// Below ρ is the ratio that `Ratio` chose, A the advantage and sg[] a value without gradient; the
/// loss of a token is to be minimised.
public enum TrustRegion: Sendable, Equatable {
    /// `−min(ρ A, clip(ρ, 1 − low, 1 + high) A)` (PPO, Schulman et al. 2017, equation 7; with two
    /// bounds DAPO, Yu et al. 2025, equation 10).
    ///
    /// With `Ratio.geometricMean`, log ρ of each token is held below `high` where A > 0 and above
    /// `−low` where not, and the loss is −A exp(mean log ρ) (GMPO; the bounds are on log ρ there).
    case clip(low: Double, high: Double)
    /// As `clip`, with ρ no larger than `bound` where A < 0 (dual clip, Ye et al. 2019, arXiv
    /// 1912.09729, verl's `clip_ratio_c`; INTELLECT-2, arXiv 2505.07291, TRL's `delta`).
    ///
    /// `bound` has to be above 1 + high: then both forms are the same function.
    case boundedClip(low: Double, high: Double, bound: Double)
    /// `−sg[min(ρ, cap)] A log π`: every token keeps a gradient (CISPO, MiniMax-M1, arXiv
    /// 2506.13585, with the absolute cap of ScaleRL, arXiv 2510.13786, and TRL).
    case cappedWeight(cap: Double)
    /// `−sg[clip(ρ, 1 − low, 1 + high)] A log π` (CISPO with bounds around 1, as in verl).
    case clippedWeight(low: Double, high: Double)
    /// `−(4/τ) σ(τ (ρ − 1)) A`, τ by the sign of A (SAPO, arXiv 2511.20347).
    case softGate(positiveTemperature: Double = 1, negativeTemperature: Double = 1.05)
    /// `−sg[φ(w)] A log π` with w = ∏ ρ of the completion and φ(w) = wᵏ exp(λ (1 − w)), k and λ by
    /// the sign of A (VESPO, arXiv 2602.10693).
    ///
    /// Needs `Ratio.sequence`; w is the product, not GSPO's mean, and log w is held within
    /// ln 10⁻⁸ and 20, as in TRL.
    case gammaWeight(positive: GammaShape = .positive, negative: GammaShape = .negative)
    /// `−sg[min(ρ, cap)] A log π`, without the tokens whose probability has moved further than
    /// `high` up where A > 0, or `low` down where not (DPPO-Binary-TV, arXiv 2602.04879).
    case totalVariation(low: Double, high: Double, cap: Double = 20)
    /// The same by the divergence of the token from all others,
    /// `π_old log(π_old / π) + (1 − π_old) log((1 − π_old) / (1 − π))` (DPPO-Binary-KL).
    case binaryDivergence(low: Double, high: Double, cap: Double = 20)
    /// `−ρ A`: nothing keeps it near.
    case none

    /// The shape of VESPO's weight.
    public struct GammaShape: Sendable, Equatable {
        /// k, the power of w.
        public var power: Double
        /// λ, the rate at which large w are damped.
        public var rate: Double

        /// A shape.
        public init(power: Double, rate: Double) {
            self.power = power
            self.rate = rate
        }

        /// The published shape where the advantage is not negative: k = 2, λ = 3.
        public static let positive = GammaShape(power: 2, rate: 3)
        /// The published shape where the advantage is negative: k = 3, λ = 2.
        public static let negative = GammaShape(power: 3, rate: 2)
    }
}

/// The surrogate of the policy's return, token by token, and what the metrics need of it.
struct Surrogate {
    /// `[C]`
    var losses: Tensor
    /// The ratio, or π / π_old of the token where there is none, `[C]`
    let ratio: Tensor
    /// True where the lower bound took gradient or weight away, `[C]`
    var cutLow: Tensor?
    /// True where the upper bound did, `[C]`
    var cutHigh: Tensor?
    /// True where the bound for negative advantages did, `[C]`
    var cutBound: Tensor?
    /// VESPO's φ, `[C]`
    var gamma: Tensor?
}

/// What the surrogate is computed from, each `[C]`.
struct SurrogateInput {
    /// log π, with gradient.
    let logProbabilities: Tensor
    /// log π_old
    let old: Tensor
    /// log π − log π_old, bounded, with gradient.
    let logRatio: Tensor
    let advantages: Tensor
    let rows: CompletionRows

    init(_ batch: Batch, logProbabilities: Tensor) {
        self.logProbabilities = logProbabilities
        old = batch.oldLogProbabilities
        logRatio = (logProbabilities - old).clamped(-largestLogRatio, largestLogRatio)
        advantages = batch.advantages
        rows = batch.rows
    }

    var isPositive: Tensor { advantages.isAbove(0) }
    var isNegative: Tensor { advantages.isBelow(0) }

    /// The ratio that the trust region acts on, with gradient, `[C]`
    func ratio(_ kind: Ratio) -> Tensor {
        switch kind {
        case .token, .none: logRatio.exponential()
        case .sequence, .geometricMean: sequenceRatio(logRatio)
        }
    }

    /// exp of each completion's mean; the gradient goes through the token's own, `[C]`
    func sequenceRatio(_ logRatio: Tensor) -> Tensor {
        logRatio.carryingValue(rows.spread(rows.means(logRatio.detached()))).exponential()
    }

    /// `−weight A log π`, `[C]`
    func weighted(by weight: Tensor) -> Tensor {
        -(weight.detached() * advantages * logProbabilities)
    }
}
