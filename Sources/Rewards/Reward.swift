/// What a reward sees of one completion.
public struct RewardInput: Sendable {
    /// The prompt as text.
    public var prompt: String
    /// The completion as text, special tokens left out.
    public var completion: String
    /// The data row's answer, if it has one.
    public var answer: String?
    /// The data row, by field name.
    public var row: [String: JSONValue]
    /// How many tokens the completion has.
    public var tokenCount: Int
    /// Whether the completion was ended by the length limit, not by a stop.
    public var isTruncated: Bool

    /// The completion and what is known about it.
    public init(
        prompt: String = "", completion: String, answer: String? = nil,
        row: [String: JSONValue] = [:], tokenCount: Int = 0, isTruncated: Bool = false
    ) {
        self.prompt = prompt
        self.completion = completion
        self.answer = answer
        self.row = row
        self.tokenCount = tokenCount
        self.isTruncated = isTruncated
    }
}

/// A named, weighted score of a completion.
///
/// A bad completion scores low; it never throws. What throws is a fault of the data, the settings
/// or the reward itself, and a failure is never a score:
///
/// ```swift
/// let brevity = Reward("brevity", weight: 0.1) { 1 / Double(1 + $0.tokenCount) }
/// ```
public struct Reward: Sendable {
    /// The name under which it is logged.
    public let name: String
    /// What its score is multiplied by in the sum of the rewards.
    public let weight: Double
    /// Scores one completion.
    ///
    /// `nil` means "cannot be scored": the completion is left out of its group's baseline, never
    /// counted as 0.
    public let score: @Sendable (RewardInput) async throws -> Double?
    /// Throws where a data row cannot be scored whatever the completion: before the first step, not
    /// in the middle of a run. The completion of its input is empty.
    public let check: @Sendable (RewardInput) throws -> Void

    /// A reward of your own.
    ///
    /// - Parameters:
    ///   - name: the name under which it is logged.
    ///   - weight: what its score is multiplied by in the sum of the rewards.
    ///   - score: scores one completion; `nil` where it cannot be scored.
    public init(
        _ name: String, weight: Double = 1,
        score: @escaping @Sendable (RewardInput) async throws -> Double?
    ) {
        self.init(name, weight: weight, check: { _ in }, score: score)
    }

    /// A reward of your own that can tell an unusable data row beforehand.
    ///
    /// - Parameters:
    ///   - name: the name under which it is logged.
    ///   - weight: what its score is multiplied by in the sum of the rewards.
    ///   - check: throws where a data row cannot be scored.
    ///   - score: scores one completion; `nil` where it cannot be scored.
    public init(
        _ name: String, weight: Double = 1,
        check: @escaping @Sendable (RewardInput) throws -> Void,
        score: @escaping @Sendable (RewardInput) async throws -> Double?
    ) {
        self.name = name
        self.weight = weight
        self.check = check
        self.score = score
    }
}
