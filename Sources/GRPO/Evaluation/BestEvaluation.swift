/// The best evaluation of a run so far.
package struct BestEvaluation: Codable, Sendable, Equatable {
    /// The steps that had been made.
    package var step: Int
    /// The name of the number, such as `accuracy/greedy`.
    package var metric: String
    /// The number.
    package var value: Double

    /// An evaluation after so many steps.
    package init(step: Int, metric: String, value: Double) {
        (self.step, self.metric, self.value) = (step, metric, value)
    }

    /// Whether this one is better; of equal ones the earlier stays.
    package func isBetter(than other: BestEvaluation?) -> Bool {
        guard value.isFinite else { return false }
        return other.map { value > $0.value } ?? true
    }
}
