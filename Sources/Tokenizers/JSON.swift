/// A JSON value whose members keep the order and the exact spelling of the file.
///
/// Foundation's decoders would not do: their dictionaries compare keys by canonical equivalence, so
/// that two tokens of a vocabulary, "é" in one scalar and in two, would become one.
package enum JSON: Sendable {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case array([JSON])
    case object([Member])

    package struct Member: Sendable {
        package let key: String
        package let value: JSON

        package init(key: String, value: JSON) {
            self.key = key
            self.value = value
        }
    }
}

extension JSON {
    /// The value of an object's key, the last where it stands several times.
    package subscript(key: String) -> JSON? {
        guard case .object(let members) = self else { return nil }
        return members.last { $0.key.utf8.elementsEqual(key.utf8) }?.value
    }

    /// The value in a few words, as an error shows it.
    package var summary: String {
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
