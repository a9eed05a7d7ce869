// What each estimator does within one group.

extension AdvantageEstimator {
    /// The advantages of a group, for the estimators that look at nothing else.
    func groupAdvantages(_ group: GroupScores) -> [Double] {
        let rewards = group.totals
        if self == .reward { return rewards.map { $0 ?? 0 } }
        let known = rewards.compactMap(\.self)
        guard known.differ else { return rewards.map { _ in 0 } }
        if case .passAtK(let epsilon) = self { return bestOfGroup(rewards, epsilon: epsilon) }
        let baseline = baseline(group, known: known)
        let scale = scale(known)
        return rewards.map { reward in reward.map { ($0 - baseline) * scale } ?? 0 }
    }

    private func baseline(_ group: GroupScores, known: [Double]) -> Double {
        guard self == .lengthWeightedMean else { return known.mean }
        let pairs = zip(group.totals, group.lengths).compactMap { reward, length in
            reward.map { (reward: $0, length: Double(length)) }
        }
        let length = pairs.reduce(0) { $0 + $1.length }
        guard length > 0 else { return known.mean }
        return pairs.reduce(0) { $0 + $1.reward * $1.length } / length
    }

    /// What a reward's distance from the baseline is multiplied by; `known` differ.
    private func scale(_ known: [Double]) -> Double {
        switch self {
        case .groupMeanAndDeviation(let epsilon, let deviation):
            return 1 / (known.deviation(deviation) + epsilon)
        case .leaveOneOut: return Double(known.count) / Double(known.count - 1)
        case .maximumLikelihood(let epsilon):
            return known.mean > 0 ? 1 / (known.mean + epsilon) : 0
        default: return 1
        }
    }

    private func bestOfGroup(_ rewards: [Double?], epsilon: Double?) -> [Double] {
        let known = rewards.compactMap(\.self)
        let best = known.sorted(by: >).prefix(2)
        let lead = best[0] - best[1]
        let scale = epsilon.map { 1 / (known.deviation(.sample) + $0) } ?? 1
        return rewards.map { $0 == best[0] ? lead * scale : 0 }
    }

    /// Each reward less the mean of those known; exactly 0 where they are equal.
    func centered(_ rewards: [Double?]) -> [Double?] {
        let known = rewards.compactMap(\.self)
        guard known.differ else { return rewards.map { $0.map { _ in 0 } } }
        let mean = known.mean
        return rewards.map { reward in reward.map { $0 - mean } }
    }
}

/// Which divisor a deviation has.
public enum Deviation: String, Sendable, CaseIterable {
    /// n − 1, as torch's `std`.
    case sample
    /// n, as NumPy's `std`.
    case population
}

extension [Double] {
    /// Whether any two are not the same number.
    var differ: Bool {
        guard let first else { return false }
        return contains { $0 != first }
    }

    var mean: Double { reduce(0, +) / Double(count) }

    /// The deviation from the mean; two at least.
    func deviation(_ kind: Deviation) -> Double {
        let mean = mean
        let squares = reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (squares / Double(kind == .sample ? count - 1 : count)).squareRoot()
    }
}
