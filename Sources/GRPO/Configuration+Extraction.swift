import Rewards

extension RewardConfiguration {
    /// The part of a completion that is compared with the answer.
    public enum Extraction: Sendable, Equatable {
        /// All of it, without white space around it.
        case whole
        /// The last number in it.
        case lastNumber
        /// What its last `\boxed{…}` holds.
        case boxed
        /// Where answers are usually stated: a box, `####`, "answer is", mathematics, all of it.
        case final
        /// The first line after the last occurrence of a text.
        case after(String)
        /// What a regular expression captures at its last match; all of it without a group.
        case pattern(String)
    }
}

extension RewardConfiguration.Extraction {
    func extractor() throws -> AnswerExtractor {
        switch self {
        case .whole: .whole
        case .lastNumber: .lastNumber
        case .boxed: .boxed
        case .final: .final
        case .after(let text): .after(text)
        case .pattern(let expression): .pattern(try AnswerPattern(expression))
        }
    }
}

extension ConfigurationRule where Value == String {
    /// The rule for a regular expression: ICU syntax, checked by compiling it.
    static var regularExpression: Self {
        Self(
            allowed: "a regular expression",
            why: "Check its brackets and escapes (ICU syntax)."
        ) { !$0.isEmpty && (try? AnswerPattern($0)) != nil }
    }
}

extension RewardConfiguration.Extraction: ConfigurationValue {
    static var expected: String {
        "whole, last_number, boxed, final, {after: text} or {pattern: expression}"
    }

    init(_ node: YAMLNode) throws(ConfigurationError) {
        switch node.content {
        case .scalar("whole", _): self = .whole
        case .scalar("last_number", _): self = .lastNumber
        case .scalar("boxed", _): self = .boxed
        case .scalar("final", _): self = .final
        case .section(let entries):
            guard entries.count == 1, let entry = entries.first else {
                throw node.wrongValue(expected: Self.expected)
            }
            switch entry.key {
            case "after": self = .after(try String(entry.value))
            case "pattern": self = .pattern(try String(entry.value))
            default: throw entry.value.error(.unknownKey(known: ["after", "pattern"]))
            }
        default: throw node.wrongValue(expected: Self.expected)
        }
    }

    var yaml: YAMLNode {
        switch self {
        case .whole: .text("whole")
        case .lastNumber: .text("last_number")
        case .boxed: .text("boxed")
        case .final: .text("final")
        case .after(let text): Self.section("after", text)
        case .pattern(let text): Self.section("pattern", text)
        }
    }

    func validate(at path: [String]) throws(ConfigurationError) {
        switch self {
        case .after(let text):
            try check(text, .notEmpty("text", "Use whole for all of it."), at: path + ["after"])
        case .pattern(let expression):
            try check(expression, .regularExpression, at: path + ["pattern"])
        case .whole, .lastNumber, .boxed, .final: break
        }
    }

    private func check(
        _ text: String, _ rule: ConfigurationRule<String>, at path: [String]
    ) throws(ConfigurationError) {
        if let violation = rule.violation(of: text) { throw ConfigurationError(path, violation) }
    }

    private static func section(_ key: String, _ text: String) -> YAMLNode {
        YAMLNode(content: .section([YAMLNode.Entry(key: key, value: .text(text))]))
    }
}
