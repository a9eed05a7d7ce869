/// A JSON value whose members keep the order and the exact spelling of the file.
///
/// Foundation's decoders would not do: their dictionaries compare keys by canonical equivalence, so
/// that two tokens of a vocabulary, "é" in one scalar and in two, would become one.
enum JSON: Sendable {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case array([JSON])
    case object([Member])

    struct Member: Sendable {
        let key: String
        let value: JSON
    }
}

extension JSON {
    /// The value in a few words, as an error shows it.
    var summary: String {
        switch self {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .string(let value): Self.excerpt(value)
        case .array(let elements): "a list of \(elements.count)"
        case .object(let members): "an object of \(members.count)"
        }
    }

    /// At most 60 scalars, quoted, on one line.
    static func excerpt(_ text: String) -> String {
        let short = String(String.UnicodeScalarView(text.unicodeScalars.prefix(60)))
        return short.debugDescription + (short.utf8.count < text.utf8.count ? "…" : "")
    }

    /// The text as a JSON string, quoted.
    static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\0"..<" ":
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
