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
    /// The training step, from 1; `nil` where there is none, as in an evaluation.
    public var step: Int?

    /// The completion and what is known about it.
    public init(
        prompt: String = "", completion: String, answer: String? = nil,
        row: [String: JSONValue] = [:], tokenCount: Int = 0, isTruncated: Bool = false,
        step: Int? = nil
    ) {
        self.prompt = prompt
        self.completion = completion
        self.answer = answer
        self.row = row
        self.tokenCount = tokenCount
        self.isTruncated = isTruncated
        self.step = step
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
    public private(set) var weight: Double
    /// Scores one completion.
    ///
    /// `nil` means "cannot be scored": the completion is left out of its group's baseline, never
    /// counted as 0.
    public let score: @Sendable (RewardInput) async throws -> Double?
    /// Throws where a data row cannot be scored whatever the completion: before the first step, not
    /// in the middle of a run. The completion of its input is empty.
    public let check: @Sendable (RewardInput) throws -> Void
    /// What the reward takes for the answer of a completion, which may be none: for votes among
    /// completions, and to see what cannot be read. `nil` where the reward reads no answer.
    public private(set) var reading: (@Sendable (RewardInput) throws -> ReadAnswer?)?
    /// What becomes of a completion that the reward failed on.
    public var onFailure = FailurePolicy.drop
    /// The program or server that the score is one output of; asked once for all its outputs.
    public private(set) var source: RewardSource?
    /// Which output of the source it is.
    private var output = 0

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

    /// One output of a program or server.
    init(_ name: String, weight: Double, source: RewardSource, output: Int) {
        self.init(name, weight: weight) { input in
            try await source.answer(input).rewards[output]
        }
        self.source = source
        self.output = output
    }

    /// The same with another weight.
    package func weighted(by weight: Double) -> Reward {
        var reward = self
        reward.weight = weight
        return reward
    }

    /// The same with what it takes for the answer of a completion.
    public func reading(
        _ reading: @escaping @Sendable (RewardInput) throws -> ReadAnswer?
    ) -> Reward {
        var reward = self
        reward.reading = reading
        return reward
    }

    /// What an answer of the source says for this reward.
    package func score(in answer: RewardAnswer) -> Double? { answer.rewards[output] }
}
