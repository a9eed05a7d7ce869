/// The numbers of an objective that change over a run; a checkpoint needs them.
public struct ObjectiveState: Sendable, Equatable, Codable {
    /// β of the next optimizer step; 0 without a divergence.
    public var divergenceCoefficient: Double
    /// c of the next optimizer step, where it acts.
    public var entropyCoefficient: Double
    /// H of the last optimizer step; `nil` before the first.
    public var lastEntropy: Double?

    /// The state before the first step.
    public init(_ objective: PolicyObjective) {
        divergenceCoefficient = objective.divergence?.coefficient.initial ?? 0
        entropyCoefficient =
            switch objective.entropyBonus {
            case .none: 0
            case .fixed(let value), .adaptive(_, _, _, let value): value
            }
    }

    /// c as it acts in the next optimizer step.
    func actingEntropyCoefficient(_ bonus: EntropyBonus) -> Double {
        guard case .adaptive(let target, _, _, _) = bonus else { return entropyCoefficient }
        return (lastEntropy ?? .infinity) <= target ? entropyCoefficient : 0
    }

    /// What an optimizer step measured; `nil` where it did not.
    struct Measured {
        /// The mean divergence of a token.
        var divergence: Double?
        /// The mean entropy of a token that the bonus acts on.
        var entropy: Double?
    }

    /// Steers the coefficients after an optimizer step of so many completions.
    mutating func adapt(
        _ objective: PolicyObjective, to measured: Measured, completions: Int
    ) {
        if let divergence = measured.divergence, divergence.isFinite,
            let coefficient = objective.divergence?.coefficient
        {
            divergenceCoefficient = coefficient.next(
                divergenceCoefficient, divergence: divergence, completions: completions)
        }
        guard let entropy = measured.entropy, entropy.isFinite else { return }
        lastEntropy = entropy
        if case .adaptive(let target, let step, let range, _) = objective.entropyBonus {
            let next = entropyCoefficient + (entropy <= target ? step : -step)
            entropyCoefficient = min(max(next, range.lowerBound), range.upperBound)
        }
    }
}
