import Torch

/// What the advantages of a group are computed from.
public struct GroupScores: Sendable, Equatable {
    /// The reward of each completion, the weighted sum of its parts; `nil` where it is missing.
    public private(set) var totals: [Double?]
    /// What each single reward gave to each completion, `parts[completion][reward]`.
    public private(set) var parts: [[Double?]]
    /// The weight of each single reward.
    public private(set) var weights: [Double]
    /// The tokens of each completion.
    public let lengths: [Int]

    /// Scores of a group.
    ///
    /// - Parameters:
    ///   - totals: one a completion; `nil` where the reward is missing.
    ///   - parts: for each completion as many as there are weights; by default the total alone.
    ///   - weights: one a single reward.
    ///   - lengths: one a completion; by default all 1.
    public init(
        _ totals: [Double?], parts: [[Double?]]? = nil, weights: [Double] = [1],
        lengths: [Int]? = nil
    ) {
        self.totals = totals
        self.parts = parts ?? totals.map { [$0] }
        self.weights = weights
        self.lengths = lengths ?? totals.map { _ in 1 }
        require(
            self.parts.count == totals.count && self.lengths.count == totals.count
                && self.parts.allSatisfy { $0.count == weights.count },
            "GroupScores: \(totals.count) totals, \(self.parts.count) parts, "
                + "\(self.lengths.count) lengths, \(weights.count) weights do not fit")
    }

    /// What one single reward gave; `nil` also where the total is missing: a completion that could
    /// not be scored as a whole leaves every baseline.
    func rewards(of index: Int) -> [Double?] {
        zip(totals, parts).map { total, parts in total == nil ? nil : parts[index] }
    }

    /// Adds one more single reward, a penalty for example.
    ///
    /// - Parameters:
    ///   - part: one a completion.
    ///   - weight: what it is multiplied by in the total.
    /// - Returns: the scores with it in parts and totals; a missing total stays missing.
    public func adding(_ part: [Double], weight: Double) -> GroupScores {
        require(part.count == totals.count, "GroupScores.adding: one value a completion")
        var sum = self
        sum.weights.append(weight)
        for (place, value) in part.enumerated() {
            sum.parts[place].append(value)
            sum.totals[place]? += weight * value
        }
        return sum
    }
}
