/// Reads one JSON value (RFC 8259) from a line of data, or from a text.
///
/// Foundation's decoder does not say where a line is broken, and its words differ between systems.
package struct JSONLine {
    /// Where a line is broken, and what was expected there.
    package struct Broken: Error {
        /// The byte of the line, from 0.
        package let offset: Int
        package let expected: String
    }

    private let bytes: ArraySlice<UInt8>
    private var place: Int
    private var depth = 0

    private init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        place = bytes.startIndex
    }

    /// The value of a line, which holds nothing else.
    package static func value(of bytes: ArraySlice<UInt8>) throws(Broken) -> JSONValue {
        var line = JSONLine(bytes)
        let value = try line.value()
        guard line.next() == nil else { throw line.broken("the end of the line") }
        return value
    }

    private func broken(_ expected: String) -> Broken {
        Broken(offset: place - bytes.startIndex, expected: expected)
    }

    /// The byte at the current place.
    private var current: UInt8? { place < bytes.endIndex ? bytes[place] : nil }

    /// The next byte that is no white space.
    private mutating func next() -> UInt8? {
        while let byte = current, [0x20, 0x09, 0x0D, 0x0A].contains(byte) { place += 1 }
        return current
    }

    /// Skips white space, and a mark if that is what follows.
    private mutating func skipMark(_ byte: UInt8) -> Bool {
        guard next() == byte else { return false }
        place += 1
        return true
    }

    private mutating func value() throws(Broken) -> JSONValue {
        depth += 1
        defer { depth -= 1 }
        guard depth <= 100 else { throw broken("at most 100 values inside each other") }
        switch next() {
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "\""): return .string(try string())
        case let byte? where "-0123456789".utf8.contains(byte): return try number()
        default:
            if skip("null") { return .null }
            if skip("true") { return .bool(true) }
            if skip("false") { return .bool(false) }
            throw broken("a value")
        }
    }

    /// Skips a word if it stands at the current place.
    private mutating func skip(_ word: String) -> Bool {
        guard bytes[place...].starts(with: word.utf8) else { return false }
        place += word.utf8.count
        return true
    }

    private mutating func object() throws(Broken) -> JSONValue {
        place += 1
        var members: [String: JSONValue] = [:]
        if skipMark(UInt8(ascii: "}")) { return .object(members) }
        while true {
            guard next() == UInt8(ascii: "\"") else { throw broken("a key in double quotes") }
            let start = place
            let key = try string()
            guard skipMark(UInt8(ascii: ":")) else { throw broken("\":\" after the key") }
            guard members.updateValue(try value(), forKey: key) == nil else {
                place = start
                throw broken("each key once")
            }
            if skipMark(UInt8(ascii: "}")) { return .object(members) }
            guard skipMark(UInt8(ascii: ",")) else { throw broken("\",\" or \"}\"") }
        }
    }

    private mutating func array() throws(Broken) -> JSONValue {
        place += 1
        var values: [JSONValue] = []
        if skipMark(UInt8(ascii: "]")) { return .array(values) }
        while true {
            values.append(try value())
            if skipMark(UInt8(ascii: "]")) { return .array(values) }
            guard skipMark(UInt8(ascii: ",")) else { throw broken("\",\" or \"]\"") }
        }
    }

    private mutating func number() throws(Broken) -> JSONValue {
        let start = place
        _ = skip("-")
        var isNumber = skip("0") || digits()
        if skip(".") { isNumber = digits() && isNumber }
        if skip("e") || skip("E") {
            _ = skip("+") || skip("-")
            isNumber = digits() && isNumber
        }
        let text = String(decoding: bytes[start..<place], as: UTF8.self)
        guard isNumber, let number = Double(text), number.isFinite else {
            place = start
            throw broken("a number")
        }
        return .number(number)
    }

    /// Skips digits, of which there must be one.
    private mutating func digits() -> Bool {
        let start = place
        while let byte = current, (0x30...0x39).contains(byte) { place += 1 }
        return place > start
    }
}

extension JSONLine {
    private mutating func string() throws(Broken) -> String {
        place += 1
        var result = ""
        while true {
            let start = place
            while let byte = current, byte >= 0x20, byte != UInt8(ascii: "\""),
                byte != UInt8(ascii: "\\")
            {
                place += 1
            }
            guard let piece = String(validating: bytes[start..<place], as: UTF8.self) else {
                throw broken("UTF-8")
            }
            if result.isEmpty { result = piece } else { result += piece }
            switch current {
            case UInt8(ascii: "\""):
                place += 1
                return result
            case UInt8(ascii: "\\"): result.unicodeScalars.append(try escape())
            case nil: throw broken("the text to end in a double quote")
            default: throw broken("an escape like \\n in place of a control character")
            }
        }
    }

    private mutating func escape() throws(Broken) -> Unicode.Scalar {
        let start = place
        place += 2
        switch place <= bytes.endIndex ? bytes[place - 1] : nil {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            if let scalar = unicodeEscape() { return scalar }
        default: break
        }
        place = start
        throw broken("an escape of JSON, like \\n or \\u00e9 or a pair of surrogates")
    }

    /// The scalar of `\u` and four digits, or of two of them that are a pair of surrogates.
    private mutating func unicodeEscape() -> Unicode.Scalar? {
        guard let first = codeUnit() else { return nil }
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard UTF16.isLeadSurrogate(first), skip("\\u"), let second = codeUnit(),
            UTF16.isTrailSurrogate(second)
        else { return nil }
        return Unicode.Scalar(
            0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00))
    }

    private mutating func codeUnit() -> UInt16? {
        let digits = bytes[place...].prefix(4)
        let isHexadecimal = digits.allSatisfy {
            Unicode.Scalar($0).properties.isASCIIHexDigit
        }
        guard digits.count == 4, isHexadecimal else { return nil }
        place += 4
        return UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
    }
}
