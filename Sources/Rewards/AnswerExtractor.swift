import Foundation

/// How the answer is found in a completion.
public enum AnswerExtractor: Sendable {
    /// The whole completion, without white space around it.
    case whole
    /// The first line of text after the last occurrence of a marker, such as `####`.
    case after(String)
    /// What a regular expression captures at its last match.
    case pattern(AnswerPattern)
    /// The last number in the completion, with its sign, currency and percent sign.
    case lastNumber
    /// What the last `\boxed{…}` holds.
    case boxed
    /// Where answers are usually stated: the last box; else after the last `####`; else after
    /// "answer is" or "answer:"; else the last mathematics between dollar signs; else all of it.
    case final
}

extension AnswerExtractor {
    /// The answer in a completion, or `nil` where it holds none.
    ///
    /// - Parameters:
    ///   - completion: the completion's text.
    ///   - reward: the name of the reward, for the error.
    /// - Returns: the answer without white space around it.
    /// - Throws: `RewardError.patternTooSlow`.
    package func answer(in completion: String, reward: String) throws(RewardError) -> String? {
        switch self {
        case .whole: completion.trimmingCharacters(in: .whitespacesAndNewlines)
        case .after(let marker): Self.line(after: marker, in: completion)
        case .pattern(let pattern): try pattern.lastCapture(in: completion, reward: reward)
        case .lastNumber: NumberScanner.lastNumber(in: completion)
        case .boxed: FinalAnswer.lastBox(in: completion)
        case .final: FinalAnswer.candidates(in: completion).first
        }
    }

    /// The texts that may be the answer, the likeliest first: several for ``final``, else one.
    func answers(in completion: String, reward: String) throws(RewardError) -> [String] {
        if case .final = self { return FinalAnswer.candidates(in: completion) }
        return try answer(in: completion, reward: reward).map { [$0] } ?? []
    }

    /// The first line of text after the last occurrence of a marker.
    static func line(after marker: String, in text: String) -> String? {
        guard let found = text.range(of: marker, options: [.literal, .backwards]) else {
            return nil
        }
        let rest = text[found.upperBound...].drop(while: \.isWhitespace)
        return rest.prefix { !$0.isNewline }.trimmingCharacters(in: .whitespaces)
    }
}
