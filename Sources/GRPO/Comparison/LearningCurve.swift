/// One seed's accuracy over an axis.
struct LearningCurve: Equatable {
    /// Places and accuracies, ascending, one for each place, all finite.
    let points: [(x: Double, tally: Comparison.Tally)]

    static func == (left: Self, right: Self) -> Bool {
        left.points.elementsEqual(right.points, by: ==)
    }

    /// The accuracy of `run` over `axis`; points without accuracy are left out, and of several at
    /// one place the last counts.
    init(_ run: Comparison.Run, over axis: Comparison.Budget) {
        var places: [Double: Comparison.Tally] = [:]
        for point in run.points {
            let x = axis == .tokens ? Double(point.tokens) : point.seconds
            guard let tally = point.accuracy, tally.trials > 0, x.isFinite, x >= 0 else { continue }
            places[x] = tally
        }
        points = places.sorted { $0.key < $1.key }.map { (x: $0.key, tally: $0.value) }
    }

    var end: Double? { points.last?.x }

    /// `value` of the points' tallies, linear between them; `nil` outside the curve.
    func interpolated(
        at x: Double, _ value: (Comparison.Tally) -> Double
    ) -> Double? {
        guard let first = points.first, let last = points.last, first.x <= x, x <= last.x else {
            return nil
        }
        let next = points.firstIndex { $0.x >= x } ?? points.count - 1
        let right = points[next]
        guard next > 0, right.x > x else { return value(right.tally) }
        let left = points[next - 1]
        let share = (x - left.x) / (right.x - left.x)
        return value(left.tally) * (1 - share) + value(right.tally) * share
    }
}

/// The mean accuracy of one algorithm over seeds, and how far the seeds lie apart.
struct CurveBand: Equatable {
    struct Sample: Equatable {
        let x: Double
        let mean: Double
        let lower: Double
        let upper: Double
    }

    let algorithm: Comparison.Algorithm
    let seeds: Int
    /// Empty where nothing was measured.
    let samples: [Sample]

    /// The curves of `runs`, brought to a common axis that ends where the first seed's ends, so that
    /// every seed counts at every place.
    ///
    /// The band goes from the lowest to the highest seed; that of a single seed is Wilson's
    /// interval.
    init(
        _ algorithm: Comparison.Algorithm, runs: [Comparison.Run],
        over axis: Comparison.Budget, places: Int = 61
    ) {
        self.algorithm = algorithm
        let curves = runs.filter { $0.algorithm == algorithm && $0.budget == axis }
            .map { LearningCurve($0, over: axis) }.filter { !$0.points.isEmpty }
        seeds = curves.count
        let start = curves.compactMap { $0.points.first?.x }.max() ?? 0
        let end = curves.compactMap(\.end).min() ?? 0
        guard !curves.isEmpty, start <= end else {
            samples = []
            return
        }
        let count = start < end ? max(places, 2) : 1
        samples = (0..<count).compactMap { index in
            let share = Double(index) / Double(max(count - 1, 1))
            return Self.sample(
                of: curves, at: index == count - 1 ? end : start + (end - start) * share)
        }
    }

    private static func sample(of curves: [LearningCurve], at x: Double) -> Sample? {
        let shares = curves.compactMap { curve in curve.interpolated(at: x) { $0.estimate.value } }
        guard let mean = SeedMean(shares) else { return nil }
        guard curves.count == 1 else {
            return Sample(x: x, mean: mean.interval.value, lower: mean.minimum, upper: mean.maximum)
        }
        return Sample(
            x: x, mean: mean.interval.value,
            lower: curves[0].interpolated(at: x) { $0.estimate.lower } ?? mean.minimum,
            upper: curves[0].interpolated(at: x) { $0.estimate.upper } ?? mean.maximum)
    }

    /// The sample nearest to `x`; `nil` beyond the band.
    func sample(near x: Double) -> Sample? {
        guard let first = samples.first, let last = samples.last else { return nil }
        let slack = max((last.x - first.x) / Double(max(samples.count - 1, 1)), 1e-9)
        guard first.x - slack <= x, x <= last.x + slack else { return nil }
        return samples.min { abs($0.x - x) < abs($1.x - x) }
    }
}
