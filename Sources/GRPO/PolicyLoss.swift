public import LanguageModels
public import Torch

/// The objective of a policy update: independent choices, each with its own type.
///
/// It knows nothing of groups or of where advantages come from: a token's advantage may be that of
/// its completion (GRPO) or its own (PPO).
public struct PolicyObjective: Sendable, Equatable {
    /// Which ratio stands before the advantage.
    public var ratio = Ratio.token
    /// What keeps the update near the policy that sampled.
    public var trustRegion = TrustRegion.clip(low: 0.2, high: 0.2)
    /// How tokens add up.
    public var aggregation = Aggregation.tokenMean
    /// Whether a completion without a trained token counts in means over completions and prompts:
    /// it does in TRL and does not in verl.
    public var countsEmptyCompletions = true
    /// The distance to the reference that the loss adds; `nil` for no reference.
    public var divergence: Divergence?
    /// What the loss gives for entropy.
    public var entropyBonus = EntropyBonus.none
    /// The share of the tokens of an optimizer step, those of the highest entropy, that surrogate
    /// and bonus have a gradient from (Wang et al. 2025, arXiv 2506.01939, whose share is 0.2; TRL's
    /// `top_entropy_quantile`). Denominators stay those of all tokens.
    public var topEntropyShare = 1.0
    /// δ: tokens of negative advantage are left out of the surrogate where the completion's mean
    /// log π_old − log π is larger (DeepSeek-V3.2, arXiv 2512.02556; TRL's
    /// `off_policy_mask_threshold`). `nil` for none.
    public var offPolicyThreshold: Double?

    /// The usual objective: a clipped token ratio, the mean over tokens, no reference.
    public init() {}

    /// The objective of a batch, and what the metrics need of it.
    ///
    ///     L = Σ w ℓ + β Σ w KL − c · mean H
    ///
    /// - Parameters:
    ///   - batch: the tokens; their weights w are of the whole optimizer step.
    ///   - now: what the policy says of them, with gradient.
    ///   - reference: log π_ref, `[C]`; needed with a divergence.
    ///   - context: of the optimizer step.
    /// - Returns: the batch's part of the loss, and its terms.
    public func loss(
        of batch: Batch, now: TokenStatistics, reference: Tensor?, context: UpdateContext
    ) -> LossTerms {
        let span = Profile.begin(.loss)
        defer { span.end() }
        let input = SurrogateInput(batch, logProbabilities: now.logProbabilities)
        let masks = TokenMasks(
            isDropped: offPolicyThreshold.map(input.isOffPolicy),
            isSelected: context.entropyThreshold.map { now.entropies.detached().isAtLeast($0) })
        let surrogate = trustRegion.surrogate(input, ratio: ratio)
        var terms = LossTerms(
            surrogateLoss: (masks.keeping(surrogate.losses) * batch.weights).sum(),
            surrogate: surrogate, logRatio: input.logRatio, masks: masks)
        if let divergence {
            terms.divergence = divergence.values(
                logProbabilities: now.logProbabilities, reference: reference,
                logRatio: input.logRatio)
            terms.divergenceLoss = terms.divergence.map {
                ($0 * batch.weights).sum() * context.divergenceCoefficient
            }
        }
        if entropyBonus != .none {
            let entropies = masks.selecting(now.entropies)
            terms.entropyLoss =
                entropies.sum()
                * (-context.entropyCoefficient / Double(max(context.entropyTokens, 1)))
        }
        return terms
    }
}

/// A batch's part of the loss of an optimizer step, by its terms.
public struct LossTerms {
    /// The weighted surrogate, `[]`
    public let surrogateLoss: Tensor
    /// The weighted divergence times β, `[]`
    public internal(set) var divergenceLoss: Tensor?
    /// Minus the bonus for entropy, `[]`
    public internal(set) var entropyLoss: Tensor?
    /// The surrogate token by token, and its metrics.
    let surrogate: Surrogate
    /// log π − log π_old, bounded, `[C]`
    let logRatio: Tensor
    /// The divergence of each token before β, `[C]`
    var divergence: Tensor?
    /// The tokens that have no gradient.
    let masks: TokenMasks

    /// What is minimised, `[]`
    public var loss: Tensor {
        [divergenceLoss, entropyLoss].compactMap(\.self).reduce(surrogateLoss, +)
    }

    init(surrogateLoss: Tensor, surrogate: Surrogate, logRatio: Tensor, masks: TokenMasks) {
        self.surrogateLoss = surrogateLoss
        self.surrogate = surrogate
        self.logRatio = logRatio
        self.masks = masks
    }
}

/// Which tokens the surrogate and the bonus for entropy have a gradient from.
struct TokenMasks {
    /// True where the completion is too far off the policy, `[C]`; `nil` for none.
    let isDropped: Tensor?
    /// True where the entropy is high enough, `[C]`; `nil` for all.
    let isSelected: Tensor?

    /// 0 where a token has no part in the surrogate, `[C]`
    func keeping(_ losses: Tensor) -> Tensor {
        selecting(isDropped.map { $0.select(losses.zerosLike(), else: losses) } ?? losses)
    }

    /// 0 where the entropy is too low, `[C]`
    func selecting(_ values: Tensor) -> Tensor {
        isSelected.map { $0.select(values, else: values.zerosLike()) } ?? values
    }
}

extension SurrogateInput {
    /// True where the advantage is negative and the completion's mean log π_old − log π is above
    /// the threshold, `[C]`
    func isOffPolicy(_ threshold: Double) -> Tensor {
        rows.spread(rows.means(-logRatio.detached())).isAbove(threshold) .& isNegative
    }
}
