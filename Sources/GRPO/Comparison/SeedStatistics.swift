import Foundation

/// The mean over seeds.
struct SeedMean: Equatable {
    /// The mean and its 95 % interval; no interval where a single seed gives none.
    let interval: Interval
    /// Seeds.
    let count: Int
    let minimum: Double
    let maximum: Double
    /// The deviation between seeds, divisor n − 1; `nil` for a single seed.
    let deviation: Double?

    /// The mean and Student's interval; `nil` where no value is finite.
    init?(_ values: [Double]) {
        let finite = values.filter(\.isFinite)
        guard let least = finite.min(), let most = finite.max() else { return nil }
        let distribution = Distribution(finite)
        (count, minimum, maximum) = (finite.count, least, most)
        deviation = count > 1 ? distribution.deviation : nil
        guard count > 1 else {
            interval = Interval(distribution.mean)
            return
        }
        interval = Interval(Estimate(studentMean: distribution))
    }

    /// The mean accuracy: Student's interval over seeds, within 0 to 1.
    ///
    /// A single seed gives Wilson's interval. So do seeds that all agree, with the trials of one of
    /// them: Student's would have no width, and the prompts are the same for all seeds.
    init?(tallies: [Comparison.Tally]) {
        let tried = tallies.filter { $0.trials > 0 }
        guard let seeds = SeedMean(tried.compactMap(\.share)), let first = tried.first else {
            return nil
        }
        (count, minimum, maximum) = (seeds.count, seeds.minimum, seeds.maximum)
        deviation = seeds.deviation
        guard let ends = seeds.interval.ends, minimum < maximum else {
            let trials = tried.map(\.trials).min() ?? first.trials
            interval = Interval(
                Estimate(successes: seeds.minimum * Double(trials), trials: Double(trials)))
            return
        }
        interval = Interval(
            seeds.interval.value, lower: max(0, ends.lowerBound), upper: min(1, ends.upperBound))
    }
}

/// The difference of two shares, each with Wilson's interval (Newcombe 1998, method 10).
func shareDifference(_ left: Estimate, _ right: Estimate) -> Interval {
    let difference = left.value - right.value
    let below = hypot(left.value - left.lower, right.upper - right.value)
    let above = hypot(left.upper - left.value, right.value - right.lower)
    return Interval(difference, lower: difference - below, upper: difference + above)
}
