import Torch

/// A reward for undecided policies: −c · H is added to the loss, H the mean entropy of a token.
///
/// H is the mean over the tokens of the optimizer step whatever the `Aggregation`, as in TRL; verl
/// aggregates it like the surrogate, which is the same for `tokenMean`.
public enum EntropyBonus: Sendable, Equatable {
    /// No bonus.
    case none
    /// The same c in every step.
    case fixed(Double)
    /// c rises by `step` after each optimizer step whose H was at or below the target and falls by
    /// it after the others, within `range`; it acts only after a step at or below the target
    /// (Skywork-OR1, He et al. 2025, arXiv 2505.22312; TRL's `use_adaptive_entropy`).
    case adaptive(
        target: Double, step: Double = 0.005, range: ClosedRange<Double> = 0...1,
        initial: Double = 0)
}

/// What holds for all micro-batches of one optimizer step, known before its first backward pass.
public struct UpdateContext: Sendable, Equatable {
    /// β
    var divergenceCoefficient: Double
    /// c
    var entropyCoefficient: Double
    /// Tokens of less entropy have no gradient from the surrogate and the bonus; `nil` for all.
    var entropyThreshold: Double?
    /// The tokens that the bonus is the mean over.
    var entropyTokens: Int

    /// The context of an optimizer step.
    ///
    /// - Parameters:
    ///   - objective: the objective.
    ///   - state: its coefficients.
    ///   - miniBatch: the rollouts of the step.
    ///   - entropies: gives a batch's `[C]`; asked only where the objective selects by entropy,
    ///     which costs a forward pass more: the share is of the whole optimizer step, so that it
    ///     does not change with the micro-batches (TRL takes it of each micro-batch).
    init(
        _ objective: PolicyObjective, state: ObjectiveState, _ miniBatch: MiniBatch,
        entropies: (Batch) -> Tensor
    ) {
        divergenceCoefficient = state.divergenceCoefficient
        entropyCoefficient = state.actingEntropyCoefficient(objective.entropyBonus)
        entropyTokens = miniBatch.tokens
        guard objective.topEntropyShare < 1 else { return }
        let values = Profile.span(.entropies) {
            miniBatch.batches.flatMap { entropies($0).detached().doubles }
        }
        let threshold = values.quantile(1 - objective.topEntropyShare)
        entropyThreshold = threshold
        entropyTokens = values.count { $0 >= threshold }
    }
}
