import Foundation

/// A number and its 95 % interval.
public struct Estimate: Sendable, Equatable, Codable {
    /// The number; a share is 0 to 1.
    public let value: Double
    /// The lower end of the interval.
    public let lower: Double
    /// The upper end of the interval.
    public let upper: Double

    init(value: Double, lower: Double, upper: Double) {
        (self.value, self.lower, self.upper) = (value, lower, upper)
    }

    /// The share of `successes` among independent trials, with Wilson's score interval
    /// (Wilson 1927; Brown, Cai & DasGupta 2001, equation 4).
    public init(successes: Double, trials: Double) {
        guard trials > 0 else {
            self.init(value: 0, lower: 0, upper: 1)
            return
        }
        let z = normalQuantile
        let share = successes / trials
        let center = (share + z * z / (2 * trials)) / (1 + z * z / trials)
        let variance = share * (1 - share) / trials + z * z / (4 * trials * trials)
        let half = z / (1 + z * z / trials) * variance.squareRoot()
        // At the ends the formula is 0 and 1 up to rounding.
        self.init(
            value: share, lower: successes == 0 ? 0 : max(0, center - half),
            upper: successes == trials ? 1 : min(1, center + half))
    }

    /// The mean of one number a prompt. Prompts are independent, the samples within one are not.
    ///
    /// - Shares that are all 0 or 1 are one trial a prompt: Wilson's interval.
    /// - Where fewer than eight prompts differ from the commonest value, a resample may hold none
    ///   of them, and the bootstrap knows nothing; nor does the variance between those seen. Then
    ///   Student's interval, of a share with two prompts of 0 and two of 1 added (Agresti & Coull
    ///   1998 do that to trials).
    /// - Else the studentized bootstrap over prompts (Efron & Tibshirani 1993, section 12.5).
    ///
    /// Percentile and BCa intervals were tried beside it and cover less where shares are extreme or
    /// prompts few: see Documentation/evaluation.md.
    ///
    /// - Parameters:
    ///   - values: one a prompt.
    ///   - bounds: what a value can be.
    public init(
        overPrompts values: [Double], within bounds: ClosedRange<Double> = 0...1
    ) {
        self.init(overPrompts: values, within: bounds, resamples: nil)
    }

    init(
        overPrompts values: [Double], within bounds: ClosedRange<Double> = 0...1,
        resamples: Resamples?
    ) {
        let distribution = Distribution(values)
        guard values.count > 1 || bounds == 0...1 else {
            self.init(
                value: distribution.mean, lower: bounds.lowerBound, upper: bounds.upperBound)
            return
        }
        let isShare = bounds == 0...1
        if isShare, values.allSatisfy({ $0 == 0 || $0 == 1 }) {
            self.init(successes: values.reduce(0, +), trials: Double(values.count))
        } else if Self.countOfUncommon(values) >= 8 {
            let resamples = resamples ?? Resamples(of: values.count)
            let ends = resamples.studentizedEnds(values)
            self.init(
                value: distribution.mean, lower: max(ends.lower, bounds.lowerBound),
                upper: min(ends.upper, bounds.upperBound))
        } else {
            let ends = Estimate(
                studentMean: isShare ? Distribution(values + [0, 0, 1, 1]) : distribution)
            self.init(
                value: distribution.mean, lower: max(ends.lower, bounds.lowerBound),
                upper: min(ends.upper, bounds.upperBound))
        }
    }

    /// A mean with Student's interval; of fewer than two numbers, with one that holds nothing else.
    init(studentMean values: Distribution) {
        guard values.count > 1 else {
            self.init(value: values.mean, lower: values.mean, upper: values.mean)
            return
        }
        let half =
            studentQuantile(0.975, degreesOfFreedom: values.count - 1) * values.deviation
            / Double(values.count).squareRoot()
        self.init(value: values.mean, lower: values.mean - half, upper: values.mean + half)
    }

    private static func countOfUncommon(_ values: [Double]) -> Int {
        let counts = Dictionary(values.map { ($0, 1) }, uniquingKeysWith: +)
        return values.count - (counts.values.max() ?? 0)
    }
}

/// The number below which the standard normal distribution has 97.5 %.
let normalQuantile = 1.959963984540054
