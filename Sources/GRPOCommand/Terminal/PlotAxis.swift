import Foundation

/// The vertical axis of a plot: ends and ticks at round numbers.
struct PlotAxis {
    /// Between two ticks.
    let step: Double
    /// The ticks as multiples of the step, from the lowest up; the outermost are the axis' ends.
    let multiples: ClosedRange<Int>

    /// The axis with at most so many intervals, two or more, that covers the values.
    ///
    /// Values that are all alike are shown against zero.
    init(covering values: ClosedRange<Double>, intervals: Int) {
        var (low, high) = (values.lowerBound, values.upperBound)
        if high - low <= 1e-9 * max(abs(low), abs(high)) {
            (low, high) = low == 0 ? (0, 1) : (min(0, low), max(0, high))
        }
        let intervals = max(2, intervals)
        let magnitude = pow(10, log10((high - low) / Double(intervals)).rounded(.down))
        // The last factor always fits: its step is larger than the whole span.
        let factor = [1, 2, 2.5, 5, 10].first { factor in
            Self.multiples(low, high, step: factor * magnitude).count - 1 <= intervals
        }
        step = (factor ?? 20) * magnitude
        multiples = Self.multiples(low, high, step: step)
    }

    private static func multiples(
        _ low: Double, _ high: Double, step: Double
    ) -> ClosedRange<Int> {
        // A bound that is a multiple but for its rounding counts as one.
        let first = Int((low / step + 1e-9).rounded(.down))
        let last = Int((high / step - 1e-9).rounded(.up))
        return first...max(first + 1, last)
    }

    /// Where a value lies between the lower end, 0, and the upper end, 1.
    func position(of value: Double) -> Double {
        (value / step - Double(multiples.lowerBound)) / Double(multiples.count - 1)
    }

    /// Where a tick lies between the ends.
    func position(ofMultiple multiple: Int) -> Double {
        Double(multiple - multiples.lowerBound) / Double(multiples.count - 1)
    }

    /// The label of each tick, all with the decimals that tell them apart.
    var labels: [String] {
        let ticks = multiples.map { Double($0) * step }
        let largest = ticks.map(abs).max() ?? 0
        guard largest >= 1e6 || step < 1e-4 else {
            return ticks.map { String(format: "%.\(decimals(of: step))f", $0) }
        }
        let exponents = log10(largest).rounded(.down) - log10(step).rounded(.down)
        let mantissa = step / pow(10, log10(step).rounded(.down))
        let digits = max(0, Int(exponents)) + decimals(of: mantissa)
        return ticks.map { String(format: "%.\(digits)e", $0) }
    }

    /// The decimals that write a step exactly: 1 for 0.2, 2 for 0.25.
    private func decimals(of step: Double) -> Int {
        (0...8).first { count in
            let scaled = step * pow(10, Double(count))
            return abs(scaled - scaled.rounded()) < 1e-6 * scaled
        } ?? 8
    }
}
