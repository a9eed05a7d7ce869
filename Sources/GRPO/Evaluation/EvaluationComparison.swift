import Rewards

/// Two models on the same prompts and random numbers.
public struct EvaluationComparison: Sendable {
    /// A number of both.
    public struct Line: Sendable {
        /// The name in logs, such as `accuracy/greedy`.
        public let name: String
        /// What it is a number of.
        public let unit: EvaluationReport.Measure.Unit
        /// That of the first model.
        public let first: Estimate
        /// That of the second model.
        public let second: Estimate
        /// The second less the first.
        public let paired: PairedDifference
    }

    /// Of the first model.
    public let first: EvaluationReport
    /// Of the second model.
    public let second: EvaluationReport
    /// Every number that both have for at least one prompt.
    public let lines: [Line]

    /// Pairs the prompts of two evaluations.
    ///
    /// - Parameters:
    ///   - first: of one model.
    ///   - second: of another, on the same prompts with the same settings.
    public init(_ first: EvaluationReport, _ second: EvaluationReport) {
        (self.first, self.second) = (first, second)
        lines = zip(first.measures, second.measures).compactMap { a, b in
            let differences = zip(a.values, b.values).compactMap { first, second in
                first.flatMap { first in second.map { $0 - first } }
            }
            guard a.name == b.name, !differences.isEmpty else { return nil }
            return Line(
                name: a.name, unit: a.unit, first: a.estimate, second: b.estimate,
                paired: PairedDifference(differences, areShares: a.unit == .share))
        }
    }

    /// Both evaluations and their differences, as one JSON object.
    public var json: String {
        var line = LogLine()
        line.add("count", first.count)
        line.add(first, prefix: "a_")
        line.add(second, prefix: "b_")
        for entry in lines {
            line.add("difference_\(entry.name)", entry.paired.difference)
            line.add("difference_\(entry.name)/p_value", entry.paired.pValue)
            line.add("difference_\(entry.name)/test", entry.paired.test.rawValue)
            let needed = entry.paired.promptsNeeded
            line.add(
                "difference_\(entry.name)/prompts_needed",
                needed.map { .number(Double($0)) } ?? .null)
        }
        return line.text
    }
}
