import Foundation

extension Comparison {
    /// The runs of an algorithm under a budget, by seed.
    func runs(_ algorithm: Algorithm, _ budget: Budget) -> [Run] {
        runs.filter { $0.algorithm == algorithm && $0.budget == budget }
            .sorted { $0.seed < $1.seed }
    }

    /// The budget under which both have runs; tokens before seconds, because runs of equal tokens
    /// do not depend on the machine.
    func commonBudget(_ left: Algorithm, _ right: Algorithm) -> Budget? {
        Budget.allCases.first { !runs(left, $0).isEmpty && !runs(right, $0).isEmpty }
    }

    /// The runs of both with the same budget and seed.
    func pairs(_ left: Algorithm, _ right: Algorithm, _ budget: Budget) -> [(left: Run, right: Run)]
    {
        runs(left, budget).compactMap { run in
            runs(right, budget).first { $0.seed == run.seed }.map { (run, $0) }
        }
    }

    /// How much `measure` of `left` exceeds that of `right`, seed by seed; the interval is
    /// Student's over the seeds' differences, absent where all are equal.
    func difference(
        _ left: Algorithm, _ right: Algorithm, _ budget: Budget, of measure: (Run) -> Double?
    ) -> SeedMean? {
        let differences = pairs(left, right, budget).compactMap { pair -> Double? in
            guard let first = measure(pair.left), let second = measure(pair.right) else {
                return nil
            }
            return first - second
        }
        return SeedMean(differences)
    }

    /// How many times `measure` of `right` fits into that of `left`: the geometric mean over seeds.
    func ratio(
        _ left: Algorithm, _ right: Algorithm, _ budget: Budget, of measure: (Run) -> Double?
    ) -> Interval? {
        let logarithms = difference(left, right, budget) { run in
            measure(run).flatMap { $0 > 0 ? log($0) : nil }
        }
        return logarithms.map { mean in
            Interval(
                exp(mean.interval.value), lower: mean.interval.lower.map(exp),
                upper: mean.interval.upper.map(exp))
        }
    }

    /// The difference of the final accuracies; Newcombe's interval for a single seed, or where all
    /// seeds' differences are equal.
    func finalDifference(_ left: Algorithm, _ right: Algorithm, _ budget: Budget) -> Interval? {
        let seeds = difference(left, right, budget) { $0.final?.share }
        guard let seeds else { return nil }
        if seeds.minimum < seeds.maximum { return seeds.interval }
        let tallies = pairs(left, right, budget).compactMap { pair -> (Tally, Tally)? in
            guard let first = pair.left.final, let second = pair.right.final, first.trials > 0,
                second.trials > 0
            else { return nil }
            return (first, second)
        }
        return tallies.first.map { shareDifference($0.0.estimate, $0.1.estimate) }
    }
}
