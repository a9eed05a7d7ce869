import Foundation

/// What the length of a completion is counted in.
public enum LengthUnit: String, Sendable, CaseIterable {
    /// Tokens of the model's own vocabulary.
    case tokens
    /// Characters as a reader counts them.
    case characters
    /// Stretches of text between white space.
    case words

    fileprivate func length(of input: RewardInput) -> Int {
        switch self {
        case .tokens: input.tokenCount
        case .characters: input.completion.count
        case .words: input.completion.split(whereSeparator: \.isWhitespace).count
        }
    }
}

extension Reward {
    /// 1 where the completion's answer is the data row's, character for character, else 0.
    ///
    /// White space around either is left out of the comparison; characters that Unicode calls
    /// canonically equivalent are equal. A row without an answer throws
    /// `RewardError.missingAnswer`.
    ///
    /// - Parameters:
    ///   - name: the name under which it is logged.
    ///   - weight: what the score is multiplied by.
    ///   - extracting: where in the completion the answer stands.
    ///   - ignoringCase: whether "Paris" equals "PARIS".
    /// - Returns: the reward.
    public static func exactMatch(
        name: String = "exact", weight: Double = 1, extracting: AnswerExtractor = .whole,
        ignoringCase: Bool = false
    ) -> Reward {
        let key: @Sendable (String) -> String = { ignoringCase ? $0.lowercased() : $0 }
        return Reward(name, weight: weight) { input in
            guard let answer = input.answer else { throw RewardError.missingAnswer(reward: name) }
            guard let found = try extracting.answer(in: input.completion, reward: name) else {
                return 0
            }
            let expected = answer.trimmingCharacters(in: .whitespacesAndNewlines)
            return key(found) == key(expected) ? 1 : 0
        }
        .reading { input in
            try extracting.answer(in: input.completion, reward: name)
                .map { ReadAnswer($0, comparedAs: key($0)) }
        }
    }

    /// 1 where the completion's length lies within the bounds, both included, else 0.
    ///
    /// Without any bound, or with a minimum above the maximum, no completion can be told from
    /// another: scoring throws `RewardError.invalidSetting`.
    ///
    /// - Parameters:
    ///   - name: the name under which it is logged.
    ///   - weight: what the score is multiplied by.
    ///   - minimum: the smallest length that scores 1.
    ///   - maximum: the largest length that scores 1.
    ///   - unit: what the length is counted in.
    /// - Returns: the reward.
    public static func length(
        name: String = "length", weight: Double = 1, minimum: Int? = nil, maximum: Int? = nil,
        unit: LengthUnit = .tokens
    ) -> Reward {
        Reward(name, weight: weight) { input in
            let lower = minimum ?? .min
            let upper = maximum ?? .max
            guard minimum != nil || maximum != nil, lower <= upper else {
                throw RewardError.invalidSetting(
                    reward: name, setting: "minimum and maximum",
                    expected: "at least one bound, and a minimum up to the maximum",
                    found: "\(describe(minimum)) and \(describe(maximum))")
            }
            return (lower...upper).contains(unit.length(of: input)) ? 1 : 0
        }
    }

    /// 1 where a regular expression matches anywhere in the completion, else 0.
    ///
    /// `\A…\z` around it asks that the whole completion match; `(?s)` lets `.` match line breaks.
    ///
    /// - Parameters:
    ///   - name: the name under which it is logged.
    ///   - weight: what the score is multiplied by.
    ///   - expression: a regular expression in ICU syntax.
    /// - Returns: the reward.
    /// - Throws: `RewardError.invalidPattern` where the expression does not compile.
    public static func pattern(
        name: String = "pattern", weight: Double = 1, expression: String
    ) throws -> Reward {
        let pattern = try AnswerPattern(expression, reward: name)
        return Reward(name, weight: weight) { input in
            try pattern.matches(input.completion, reward: name) ? 1 : 0
        }
    }
}

private func describe(_ bound: Int?) -> String { bound.map { "\($0)" } ?? "none" }
