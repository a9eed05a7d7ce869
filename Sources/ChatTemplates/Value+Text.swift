/// Python's `str` and `repr`, into a string that may not get too long.
struct ValueWriter {
    var text = ""
    let limit: Int

    init(limit: Int) { self.limit = limit }

    /// More than the limit.
    struct TooLong: Error {}

    mutating func write(_ piece: String) throws(TooLong) {
        guard text.utf8.count + piece.utf8.count <= limit else { throw TooLong() }
        text += piece
    }

    /// What `str` gives, and `{{ }}` writes.
    mutating func writeString(_ value: Value) throws(TooLong) {
        switch value {
        case .undefined: break
        case .string(let value): try write(value)
        default: try writeRepresentation(value)
        }
    }

    mutating func writeRepresentation(_ value: Value) throws(TooLong) {
        switch value {
        case .undefined: try write("Undefined")
        case .none: try write("None")
        case .bool(let value): try write(value ? "True" : "False")
        case .integer(let value): try write("\(value)")
        case .number(let value): try write(value.pythonText)
        case .string(let value): try write(Self.quoted(value))
        case .sequence(let sequence): try write(sequence)
        case .dictionary(let mapping): try write(mapping)
        case .namespace: try write("<Namespace>")
        case .loop(let loop): try write("<LoopContext \(loop.index + 1)/\(loop.elements.count)>")
        case .function: try write("<function>")
        }
    }

    private mutating func write(_ sequence: Value.Sequence) throws(TooLong) {
        let ends: (String, String)
        switch sequence.kind {
        case .list: ends = ("[", "]")
        case .tuple: ends = ("(", sequence.elements.count == 1 ? ",)" : ")")
        case .view(let name): ends = ("dict_\(name)([", "])")
        case .generator: return try write("<generator>")
        case .range: return try write("range(\(sequence.elements.count))")
        }
        try write(ends.0)
        for (place, element) in sequence.elements.enumerated() {
            if place > 0 { try write(", ") }
            try writeRepresentation(element)
        }
        try write(ends.1)
    }

    private mutating func write(_ mapping: Mapping) throws(TooLong) {
        try write("{")
        for (place, key) in mapping.keys.enumerated() {
            if place > 0 { try write(", ") }
            try writeRepresentation(key)
            try write(": ")
            try writeRepresentation(mapping.values[place])
        }
        try write("}")
    }

    /// A string as Python quotes it.
    private static func quoted(_ text: String) -> String {
        let quote: Unicode.Scalar =
            text.unicodeScalars.contains("'") && !text.unicodeScalars.contains("\"") ? "\"" : "'"
        var quoted = String(quote)
        for scalar in text.unicodeScalars {
            switch scalar {
            case quote, "\\": quoted += "\\\(scalar)"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            default: quoted += scalar.isPrintable ? String(scalar) : escaped(scalar)
            }
        }
        return quoted + String(quote)
    }

    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16)
        let (letter, width) =
            scalar.value < 0x100 ? ("x", 2) : scalar.value < 0x10000 ? ("u", 4) : ("U", 8)
        return "\\\(letter)" + String(repeating: "0", count: width - digits.count) + digits
    }
}

extension Unicode.Scalar {
    /// What `str.isprintable` says.
    fileprivate var isPrintable: Bool {
        switch properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
            .paragraphSeparator:
            false
        case .spaceSeparator: self == " "
        default: true
        }
    }
}

extension Double {
    /// The shortest digits that read back equal, in Python's form.
    var pythonText: String {
        guard isFinite else { return isNaN ? "nan" : self < 0 ? "-inf" : "inf" }
        var mantissa = magnitude.description.lowercased()
        var exponent = 0
        if let mark = mantissa.firstIndex(of: "e") {
            exponent = Int(mantissa[mantissa.index(after: mark)...]) ?? 0
            mantissa = String(mantissa[..<mark])
        }
        let parts = mantissa.split(separator: ".", omittingEmptySubsequences: false)
        let fraction = parts.count > 1 && parts[1] != "0" ? String(parts[1]) : ""
        var digits = String(parts[0]) + fraction
        // Where the point stands, counted from the first digit that is not 0.
        var point = parts[0].count + exponent
        while digits.count > 1, digits.hasPrefix("0") {
            digits.removeFirst()
            point -= 1
        }
        while digits.count > 1, digits.hasSuffix("0") { digits.removeLast() }
        if digits == "0" { point = 1 }
        return (sign == .minus ? "-" : "") + Self.placed(digits, point: point)
    }

    private static func placed(_ digits: String, point: Int) -> String {
        if point > 16 || point < -3 {
            let exponent = point - 1
            let number = "\(exponent.magnitude)"
            let rest = digits.count > 1 ? ".\(digits.dropFirst())" : ""
            return "\(digits.prefix(1))\(rest)e\(exponent < 0 ? "-" : "+")"
                + (number.count < 2 ? "0" + number : number)
        }
        if point <= 0 { return "0." + String(repeating: "0", count: -point) + digits }
        if digits.count <= point {
            return digits + String(repeating: "0", count: point - digits.count) + ".0"
        }
        return "\(digits.prefix(point)).\(digits.dropFirst(point))"
    }
}
