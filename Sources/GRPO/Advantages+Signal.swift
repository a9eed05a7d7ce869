// Which groups can move the policy.

extension AdvantageEstimator {
    /// Whether a group's rewards tell its completions apart, as this estimator sees them.
    ///
    /// Judged from the rewards and not from advantages, so that rounding has no say:
    ///
    /// - baselines of the group: two known rewards differ;
    /// - ``maximumLikelihood(epsilon:)``: and their mean is positive;
    /// - ``passAtK(epsilon:)``: one completion alone has the best reward;
    /// - ``decoupledRewards(epsilon:_:)``: two known values of a reward with a weight differ, even if
    ///   the sums are equal;
    /// - ``reward``: a known reward is not 0;
    /// - ``reinforcePlusPlus(_:)``: any reward is known, since other groups make the baseline.
    public func hasSignal(in group: GroupScores) -> Bool {
        let known = group.totals.compactMap(\.self)
        switch self {
        case .reward: return known.contains { $0 != 0 }
        case .reinforcePlusPlus: return !known.isEmpty
        case .maximumLikelihood: return known.differ && known.mean > 0
        case .passAtK:
            let best = known.max()
            return known.differ && known.count { $0 == best } == 1
        case .decoupledRewards:
            return group.weights.enumerated().contains { index, weight in
                weight != 0 && group.rewards(of: index).compactMap(\.self).differ
            }
        default: return known.differ
        }
    }
}
