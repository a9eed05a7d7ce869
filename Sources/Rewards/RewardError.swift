/// A reward that cannot score: the data, a setting or the pattern is at fault, not the completion.
public enum RewardError: Error, Equatable {
    /// The reward compares with an answer and the data row has none.
    case missingAnswer(reward: String)
    /// The data row's answer is not what the reward compares with.
    case unreadableAnswer(reward: String, answer: String, expected: String = "a number")
    /// The data row lacks a field.
    case missingField(reward: String, field: String, known: [String])
    /// A field of the data row has the wrong kind of value.
    case invalidField(reward: String, field: String, expected: String, found: String)
    /// A setting with which no completion could be scored.
    case invalidSetting(reward: String, setting: String, expected: String, found: String)
    /// A regular expression that does not compile.
    case invalidPattern(reward: String?, expression: String)
    /// A regular expression that took too many steps on a completion.
    case patternTooSlow(reward: String, expression: String)
}

extension RewardError: CustomStringConvertible {
    /// Which reward, what was expected, what was found, and the next move.
    public var description: String {
        switch self {
        case .missingAnswer(let reward):
            """
            reward \(reward): expected an answer in the data row, found none; name the field that \
            holds it, or leave this reward out
            """
        case .unreadableAnswer(let reward, let answer, let expected):
            """
            reward \(reward): expected \(expected) as the data row's answer, found \
            \(Self.excerpt(answer)); correct the row, or compare text with the exact match
            """
        case .missingField(let reward, let field, let known):
            """
            reward \(reward): expected the field \(Self.excerpt(field)) in the data row, found \
            \(Self.list(known)); add the field, or leave this reward out
            """
        case .invalidField(let reward, let field, let expected, let found):
            """
            reward \(reward): field \(Self.excerpt(field)): expected \(expected), found \
            \(Self.excerpt(found)); correct the data row
            """
        case .invalidSetting(let reward, let setting, let expected, let found):
            "reward \(reward): \(setting): expected \(expected), found \(found); correct the setting"
        case .invalidPattern(let reward, let expression):
            """
            \(reward.map { "reward \($0): " } ?? "")expected a regular expression, found \(Self.excerpt(expression)), which does not \
            compile; check its brackets and escapes (ICU syntax)
            """
        case .patternTooSlow(let reward, let expression):
            """
            reward \(reward): the regular expression \(Self.excerpt(expression)) took too many \
            steps on a completion; expected one without nested or overlapping repetitions, such as \
            [^<]* in place of .*?
            """
        }
    }

    /// At most 60 characters, quoted, on one line.
    private static func excerpt(_ text: String) -> String {
        let short = String(text.prefix(60))
        return short.debugDescription + (short.utf8.count < text.utf8.count ? "…" : "")
    }

    private static func list(_ fields: [String]) -> String {
        guard !fields.isEmpty else { return "no fields" }
        return "only " + fields.prefix(12).map(excerpt).joined(separator: ", ")
    }
}
