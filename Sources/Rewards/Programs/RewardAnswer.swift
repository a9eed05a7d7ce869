/// What a reward program or server says of one completion.
public struct RewardAnswer: Sendable, Equatable {
    /// One a reward, in the order of their names; `nil` where one does not apply.
    public var rewards: [Double?]
    /// What the program wants to have logged beside the completion.
    public var log: JSONValue?
}

/// An answer that cannot be used: what was expected and what was found.
struct AnswerProblem: Error, Equatable {
    let expected: String
    let found: String
}

/// One line of an answer: `{"id": 7, "reward": 0.5, "log": "…"}`.
///
/// `reward` is a number, or an object with a number for each name where a program gives several;
/// `null` where a reward does not apply. `error` in its place says why there is none.
struct AnswerLine {
    /// The request that is answered.
    let id: Int
    private let members: [String: JSONValue]

    /// Reads the line that `bytes` are, without its line break.
    init(_ bytes: [UInt8]) throws(AnswerProblem) {
        let expected = "one JSON object a line, with id and reward"
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw AnswerProblem(expected: expected, found: "bytes that are not UTF-8")
        }
        guard case .object(let members) = JSONValue(parsing: text) ?? Self.nonFinite(text) else {
            throw AnswerProblem(expected: expected, found: excerpt(text))
        }
        if let unknown = members.keys.sorted().first(where: { !Self.keys.contains($0) }) {
            throw AnswerProblem(
                expected: "only the keys \(Self.keys.joined(separator: ", "))",
                found: excerpt(unknown))
        }
        guard case .number(let number) = members["id"], let id = Int(exactly: number) else {
            throw AnswerProblem(
                expected: "the id of the request, a whole number",
                found: members["id"].map { excerpt($0.text) } ?? "no id in \(excerpt(text))")
        }
        self.id = id
        self.members = members
    }

    private static let keys = ["id", "reward", "log", "error"]

    /// What Python's json writes for a reward that is not finite, which is no JSON: with the id in
    /// it, one completion fails instead of the conversation.
    private static func nonFinite(_ text: String) -> JSONValue? {
        let value = JSONValue(parsing: text, allowsJSON5: true)
        guard case .object(let members) = value, let reward = members["reward"] else { return nil }
        return reward.hasNonFinite ? value : nil
    }

    /// The program's own word on why it could not score.
    var error: String? {
        switch members["error"] {
        case nil, .null: nil
        case .some(let reason): excerpt(reason.text, limit: 500)
        }
    }

    /// The answer, its rewards in the order of `outputs`.
    ///
    /// - Parameter outputs: the names of the rewards; none for a single number.
    /// - Returns: a number for each, or `nil` where it does not apply.
    /// - Throws: `AnswerProblem` where a name or a number is missing or not as expected.
    func answer(outputs: [String]) throws(AnswerProblem) -> RewardAnswer {
        guard let reward = members["reward"] else {
            throw AnswerProblem(
                expected: "a reward", found: "only \(members.keys.sorted().joined(separator: ", "))"
            )
        }
        let log = members["log"].flatMap { $0 == .null ? nil : $0 }
        if outputs.isEmpty { return RewardAnswer(rewards: [try number(reward)], log: log) }
        guard case .object(let named) = reward, named.keys.sorted() == outputs.sorted() else {
            throw AnswerProblem(
                expected: "a reward for each of \(outputs.joined(separator: ", "))",
                found: excerpt(reward.text))
        }
        var rewards: [Double?] = []
        for output in outputs { rewards.append(try number(named[output] ?? .null)) }
        return RewardAnswer(rewards: rewards, log: log)
    }

    private func number(_ value: JSONValue) throws(AnswerProblem) -> Double? {
        switch value {
        case .null: return nil
        case .number(let number) where number.isFinite: return number
        default:
            throw AnswerProblem(
                expected: "a finite number or null as the reward", found: excerpt(value.text))
        }
    }
}

/// The beginning of a text, quoted, on one line.
func excerpt(_ text: String, limit: Int = 80) -> String {
    let short = String(text.prefix(limit))
    return short.debugDescription + (short.utf8.count < text.utf8.count ? "…" : "")
}
