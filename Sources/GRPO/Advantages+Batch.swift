// What the estimators do that compare across the groups of a step, or reward by reward.
//
// "The step" is what one call is given: with several processes, gather the scores first.

extension AdvantageEstimator {
    func batchScaled(_ groups: [GroupScores], epsilon: Double) -> [[Double]] {
        let known = groups.flatMap(\.totals).compactMap(\.self)
        let scale = known.differ ? known.deviation(.sample) + epsilon : 1
        return groups.map { group in centered(group.totals).map { ($0 ?? 0) / scale } }
    }

    /// The weighted sum over the rewards of what each gives on its own, normalized in the group;
    /// `nil` for a completion whose total is missing, which leaves all baselines.
    func decoupled(_ group: GroupScores, epsilon: Double) -> [Double?] {
        let estimator = AdvantageEstimator.groupMeanAndDeviation(epsilon: epsilon)
        var sums = group.totals.map { $0.map { _ in 0.0 } }
        for (index, weight) in group.weights.enumerated() {
            let advantages = estimator.advantages(group.rewards(of: index))
            for place in sums.indices { sums[place]? += weight * advantages[place] }
        }
        return sums
    }
}

/// How values of a step are brought to mean 0 and deviation 1.
public struct Whitening: Sendable, Equatable {
    /// What counts once in the mean and the deviation.
    public enum Unit: String, Sendable, CaseIterable {
        /// Each completion.
        case completions
        /// Each completion token: a completion counts as often as it has tokens.
        case tokens
    }

    /// What keeps the divisor from being 0.
    public enum Floor: Sendable, Equatable {
        /// `deviation + epsilon`
        case addedToDeviation(Double)
        /// `√(variance + epsilon)`
        case addedToVariance(Double)
        /// `√max(variance, epsilon)`
        case leastVariance(Double)
    }

    /// What counts once.
    public var unit: Unit
    /// The divisor of the variance.
    public var deviation: Deviation
    /// What keeps the divisor from being 0.
    public var floor: Floor
    /// Added to the number that means divide by; only verl has it, against a division by 0 that
    /// cannot happen here.
    public var addedCount: Double

    /// TRL's, in GDPO: over completions.
    public static let trl = Whitening(
        unit: .completions, deviation: .sample, floor: .addedToDeviation(1e-4))
    /// verl's `masked_whiten`: over tokens.
    public static let verl = Whitening(
        unit: .tokens, deviation: .sample, floor: .addedToVariance(1e-8), addedCount: 1e-8)
    /// OpenRLHF's, in REINFORCE++: over tokens.
    public static let openRLHF = Whitening(
        unit: .tokens, deviation: .population, floor: .leastVariance(1e-8))

    /// A way to whiten.
    public init(
        unit: Unit, deviation: Deviation = .sample, floor: Floor, addedCount: Double = 0
    ) {
        self.unit = unit
        self.deviation = deviation
        self.floor = floor
        self.addedCount = addedCount
    }

    /// Brings the values of a step to mean 0 and deviation 1.
    ///
    /// - Parameters:
    ///   - values: of each completion of each group.
    ///   - lengths: their tokens.
    ///   - groupsAddUpToZero: that the mean over completions is 0 but for rounding, which is then
    ///     not let in: a group of zeros stays exactly that.
    /// - Returns: one a value; 0 for what is missing or has no token, and everywhere where all that
    ///   counts is equal.
    func whitened(
        _ values: [[Double?]], lengths: [[Int]], groupsAddUpToZero: Bool = false
    ) -> [[Double]] {
        let counts = lengths.map { $0.map { unit == .tokens ? Double($0) : 1 } }
        let counted = zip(values.joined(), counts.joined()).compactMap { value, count in
            value.flatMap { count > 0 ? (value: $0, count: count) : nil }
        }
        guard counted.map(\.value).differ else { return values.map { $0.map { _ in 0 } } }
        let total = counted.reduce(0) { $0 + $1.count }
        let mean =
            groupsAddUpToZero && unit == .completions
            ? 0 : counted.reduce(0) { $0 + $1.value * $1.count } / (total + addedCount)
        let squares = counted.reduce(0) {
            $0 + ($1.value - mean) * ($1.value - mean) * $1.count
        }
        let correction = deviation == .sample ? total / (total - 1) : 1
        let divisor = divisor(variance: squares / (total + addedCount) * correction)
        return zip(values, counts).map { values, counts in
            zip(values, counts).map { value, count in
                count > 0 ? value.map { ($0 - mean) / divisor } ?? 0 : 0
            }
        }
    }

    private func divisor(variance: Double) -> Double {
        switch floor {
        case .addedToDeviation(let epsilon): variance.squareRoot() + epsilon
        case .addedToVariance(let epsilon): (variance + epsilon).squareRoot()
        case .leastVariance(let epsilon): max(variance, epsilon).squareRoot()
        }
    }
}
