import Foundation
import Torch

extension TrustRegion {
    /// The surrogate under this trust region.
    func surrogate(_ input: SurrogateInput, ratio kind: Ratio) -> Surrogate {
        let ratio = input.ratio(kind)
        switch self {
        case .clip(let low, let high) where kind == .geometricMean:
            return Self.geometricClip(input, low: low, high: high)
        case .clip(let low, let high):
            return Self.clip(input, ratio, low: low, high: high, bound: nil)
        case .boundedClip(let low, let high, let bound):
            return Self.clip(input, ratio, low: low, high: high, bound: bound)
        case .cappedWeight(let cap):
            return Surrogate(
                losses: input.weighted(by: ratio.clamped(0, cap)), ratio: ratio,
                // A negative advantage is not counted, as in TRL.
                cutHigh: ratio.isAbove(cap) .& input.isPositive)
        case .clippedWeight(let low, let high):
            return Surrogate(
                losses: input.weighted(by: ratio.clamped(1 - low, 1 + high)), ratio: ratio,
                cutLow: ratio.isBelow(1 - low), cutHigh: ratio.isAbove(1 + high))
        case .softGate(let positive, let negative):
            let temperature = input.isPositive.select(
                ratio.scalar(positive), else: ratio.scalar(negative))
            let gate = ((ratio - 1) * temperature).sigmoid() * 4 / temperature
            return Surrogate(losses: -(gate * input.advantages), ratio: ratio)
        case .gammaWeight(let positive, let negative):
            return Self.gamma(input, ratio, positive: positive, negative: negative)
        case .totalVariation(let low, let high, let cap):
            return Self.totalVariation(input, ratio, low: low, high: high, cap: cap)
        case .binaryDivergence(let low, let high, let cap):
            return Self.binaryDivergence(input, ratio, low: low, high: high, cap: cap)
        case .none:
            let losses =
                kind == .none
                ? -(input.logProbabilities * input.advantages) : -(ratio * input.advantages)
            return Surrogate(losses: losses, ratio: ratio)
        }
    }

    private static func clip(
        _ input: SurrogateInput, _ ratio: Tensor, low: Double, high: Double, bound: Double?
    ) -> Surrogate {
        let bounded = bound.map { ratio.clamped(0, $0) } ?? ratio
        let clipped = ratio.clamped(1 - low, 1 + high)
        let advantages = input.advantages
        return Surrogate(
            losses: -(bounded * advantages).minimum(clipped * advantages), ratio: ratio,
            cutLow: ratio.isBelow(1 - low) .& input.isNegative,
            cutHigh: ratio.isAbove(1 + high) .& input.isPositive,
            cutBound: bound.map { ratio.isAbove($0) .& input.isNegative })
    }

    /// GMPO: one-sided bounds on each token's log ρ, then their mean.
    private static func geometricClip(
        _ input: SurrogateInput, low: Double, high: Double
    ) -> Surrogate {
        let logRatio = input.logRatio
        let held = input.isPositive.select(
            logRatio.clamped(-largestLogRatio, high), else: logRatio.clamped(-low, largestLogRatio))
        let ratio = input.sequenceRatio(held)
        return Surrogate(
            losses: -(ratio * input.advantages), ratio: ratio,
            cutLow: logRatio.isBelow(-low) .& input.isNegative,
            cutHigh: logRatio.isAbove(high) .& input.isPositive)
    }

    private static func gamma(
        _ input: SurrogateInput, _ ratio: Tensor, positive: GammaShape, negative: GammaShape
    ) -> Surrogate {
        let logWeight = input.rows.spread(input.rows.sums(input.logRatio.detached()))
            .clamped(log(1e-8), largestLogRatio)
        let difference = logWeight.exponential() - 1
        let weight = { (shape: GammaShape) in
            (logWeight * shape.power - difference * shape.rate).exponential()
        }
        let gamma = input.isNegative.select(weight(negative), else: weight(positive))
        return Surrogate(losses: input.weighted(by: gamma), ratio: ratio, gamma: gamma)
    }

    private static func totalVariation(
        _ input: SurrogateInput, _ ratio: Tensor, low: Double, high: Double, cap: Double
    ) -> Surrogate {
        let rise = (input.logProbabilities.exponential() - input.old.exponential()).detached()
        return dropping(
            input, ratio, cap: cap, low: rise.isBelow(-low), high: rise.isAbove(high))
    }

    private static func binaryDivergence(
        _ input: SurrogateInput, _ ratio: Tensor, low: Double, high: Double, cap: Double
    ) -> Surrogate {
        let (now, old) = (input.logProbabilities.detached(), input.old)
        let (probability, before) = (now.exponential(), old.exponential())
        // verl's 1e-8, so that a certain token does not give 0 · log 0.
        let others = ((-before + 1 + 1e-8) / (-probability + 1 + 1e-8)).logarithm()
        let divergence = before * (old - now) + (-before + 1) * others
        return dropping(
            input, ratio, cap: cap,
            low: divergence.isAbove(low) .& (probability .< before),
            high: divergence.isAbove(high) .& (before .< probability))
    }

    /// DPPO: `low` and `high` are the tokens that have moved too far down and up.
    private static func dropping(
        _ input: SurrogateInput, _ ratio: Tensor, cap: Double, low: Tensor, high: Tensor
    ) -> Surrogate {
        let isUp = input.isPositive
        let nothing = ratio.zerosLike()
        let isDropped = isUp.select(high, else: low)
        let weight = isDropped.select(nothing, else: ratio.clamped(0, cap))
        let isNotUp = input.advantages .<= nothing
        return Surrogate(
            losses: input.weighted(by: weight), ratio: ratio, cutLow: low .& isNotUp,
            cutHigh: high .& isUp)
    }
}
