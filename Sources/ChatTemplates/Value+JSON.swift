/// Python's `json.dumps`.
struct JSONWriter {
    /// What cannot be written.
    enum Failure: Error {
        case notJSON(String)
        case tooLong
    }

    var isASCII = false
    var indent: String?
    var itemSeparator = ", "
    var keySeparator = ": "
    var sortsKeys = false
    let limit: Int
    private(set) var text = ""

    init(limit: Int) { self.limit = limit }

    mutating func write(_ value: Value, level: Int = 0) throws(Failure) {
        switch value {
        case .none: try add("null")
        case .bool(let value): try add(value ? "true" : "false")
        case .integer(let value): try add("\(value)")
        case .number(let value):
            try add(
                value.isNaN
                    ? "NaN"
                    : value.isFinite ? value.pythonText : value < 0 ? "-Infinity" : "Infinity")
        case .string(let value): try add(quoted(value))
        case .sequence(let sequence):
            switch sequence.kind {
            case .list, .tuple: try writeList(sequence.elements, level: level)
            default: throw .notJSON(value.typeName)
            }
        case .dictionary(let mapping): try write(mapping, level: level)
        default: throw .notJSON(value.typeName)
        }
    }

    private mutating func writeList(_ elements: [Value], level: Int) throws(Failure) {
        guard !elements.isEmpty else { return try add("[]") }
        try add("[")
        for (place, element) in elements.enumerated() {
            try addBreak(isFirst: place == 0, level: level + 1)
            try write(element, level: level + 1)
        }
        try addEnd("]", level: level)
    }

    private mutating func write(_ mapping: Mapping, level: Int) throws(Failure) {
        guard mapping.count > 0 else { return try add("{}") }
        try add("{")
        var members: [(key: String, value: Value)] = []
        for (place, key) in mapping.keys.enumerated() {
            members.append((try name(key), mapping.values[place]))
        }
        if sortsKeys { members.sort { $0.key.isBefore($1.key) } }
        for (place, member) in members.enumerated() {
            try addBreak(isFirst: place == 0, level: level + 1)
            try add(quoted(member.key))
            try add(keySeparator)
            try write(member.value, level: level + 1)
        }
        try addEnd("}", level: level)
    }

    private func name(_ key: Value) throws(Failure) -> String {
        switch key {
        case .string(let name): return name
        case .none: return "null"
        case .bool(let value): return value ? "true" : "false"
        case .integer(let value): return "\(value)"
        case .number(let value): return value.pythonText
        default: throw .notJSON("\(key.typeName) as a key")
        }
    }

    private mutating func addBreak(isFirst: Bool, level: Int) throws(Failure) {
        if !isFirst { try add(itemSeparator) }
        guard let indent else { return }
        try add("\n" + String(repeating: indent, count: level))
    }

    private mutating func addEnd(_ mark: String, level: Int) throws(Failure) {
        if let indent { try add("\n" + String(repeating: indent, count: level)) }
        try add(mark)
    }

    private mutating func add(_ piece: String) throws(Failure) {
        guard text.utf8.count + piece.utf8.count <= limit else { throw .tooLong }
        text += piece
    }

    private func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            case "\u{8}": quoted += "\\b"
            case "\u{C}": quoted += "\\f"
            case "\0"..<" ": quoted += Self.escape(UInt16(scalar.value))
            default:
                if isASCII, !scalar.isASCII {
                    quoted += String(scalar).utf16.map(Self.escape).joined()
                } else {
                    quoted.unicodeScalars.append(scalar)
                }
            }
        }
        return quoted + "\""
    }

    private static func escape(_ unit: UInt16) -> String {
        let digits = String(unit, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }
}
