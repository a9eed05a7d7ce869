extension YAMLNode {
    /// The tree as YAML that reads back equal.
    var text: String { lines.joined(separator: "\n") + "\n" }

    /// The value on one line: `8`, `"Q: {question}"`, `[a, b]`.
    var inlineText: String {
        switch content {
        case .null: "null"
        case .scalar(let text, let isQuoted): isQuoted ? Self.quoted(text) : text
        case .list(let elements):
            "[" + elements.map(\.inlineText).joined(separator: ", ") + "]"
        case .section(let entries):
            "{" + entries.map { "\($0.key): \($0.value.inlineText)" }.joined(separator: ", ") + "}"
        }
    }

    private var lines: [String] {
        switch content {
        case .section(let entries) where !entries.isEmpty:
            entries.flatMap { entry in
                entry.value.isInline
                    ? ["\(entry.key): \(entry.value.inlineText)"]
                    : ["\(entry.key):"] + entry.value.lines.map { "  " + $0 }
            }
        case .list(let elements) where !isInline:
            elements.flatMap { element in
                element.lines.enumerated().map { ($0.offset == 0 ? "- " : "  ") + $0.element }
            }
        default: [inlineText]
        }
    }

    /// Whether the value stands on the line of its key: scalars, lists of scalars, and sections of
    /// one scalar, like `{after: "####"}`.
    private var isInline: Bool {
        switch content {
        case .null, .scalar: true
        case .list(let elements): elements.allSatisfy(\.isScalar)
        case .section(let entries): entries.count < 2 && entries.allSatisfy(\.value.isScalar)
        }
    }

    private var isScalar: Bool {
        switch content {
        case .null, .scalar: true
        case .list, .section: false
        }
    }

    /// A scalar for text: without quotes where no reader can take it for anything else.
    static func text(_ text: String) -> YAMLNode {
        let words = ["true", "false", "yes", "no", "on", "off", "y", "n", "null"]
        let isPlain =
            text.first.map { $0.isASCII && ($0.isLetter || $0 == "/") } ?? false
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_-./".contains($0)) }
            && !words.contains(text.lowercased())
        return YAMLNode(content: .scalar(text, isQuoted: !isPlain))
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case "\r": result += "\\r"
            case " "..."~", "\u{A1}"..."\u{2027}", "\u{2030}"..."\u{D7FF}":
                result.unicodeScalars.append(scalar)
            default:
                let digits = String(scalar.value, radix: 16)
                result += "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
            }
        }
        return result + "\""
    }
}
