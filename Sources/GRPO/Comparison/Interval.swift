/// A number and, where one is known, its 95 % interval.
package struct Interval: Sendable, Equatable, Codable {
    package var value: Double
    package var lower: Double?
    package var upper: Double?

    /// A number with the interval that a bootstrap or a formula gave.
    package init(_ value: Double, lower: Double? = nil, upper: Double? = nil) {
        self.value = value
        self.lower = lower
        self.upper = upper
    }

    /// The share and its interval.
    init(_ estimate: Estimate) {
        self.init(estimate.value, lower: estimate.lower, upper: estimate.upper)
    }

    /// The ends, where both are known and all three numbers are finite.
    var ends: ClosedRange<Double>? {
        guard let lower, let upper, value.isFinite, lower.isFinite, upper.isFinite, lower <= upper
        else { return nil }
        return lower...upper
    }

    /// Whether all of this interval lies above all of `other`; `nil` where they overlap or one is
    /// not known.
    func isAbove(_ other: Interval) -> Bool? {
        guard let ends, let otherEnds = other.ends else { return nil }
        if ends.lowerBound > otherEnds.upperBound { return true }
        return ends.upperBound < otherEnds.lowerBound ? false : nil
    }

    /// Whether all of the interval lies above `bound`; `nil` where it holds `bound` or is not known.
    func isAbove(_ bound: Double) -> Bool? {
        isAbove(Interval(bound, lower: bound, upper: bound))
    }
}
