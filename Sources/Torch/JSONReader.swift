/// Reads JSON where it lies, without building a tree of it: a file of many small values takes no
/// more memory than its bytes.
///
/// Strict as RFC 8259, and stricter: a name that an object has twice is refused, and so is nesting
/// deeper than 128.
package struct JSONReader {
    private let bytes: [UInt8]
    private var place = 0
    private var depth = 0

    /// A reader at the start of a text.
    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Reads an object; `member` reads each value, or skips it.
    package mutating func members(
        _ member: (inout JSONReader, String) throws(JSONReaderError) -> Void
    ) throws(JSONReaderError) {
        var names: Set<String> = []
        try open("{")
        if !take("}") {
            repeat {
                let start = place
                let name = try string()
                guard names.insert(name).inserted else {
                    throw JSONReaderError("\"\(name)\" once, found it twice", at: start)
                }
                try expect(":")
                try member(&self, name)
            } while take(",")
            try expect("}")
        }
        depth -= 1
    }

    /// Reads an array; `element` reads each value, or skips it.
    package mutating func elements(
        _ element: (inout JSONReader) throws(JSONReaderError) -> Void
    ) throws(JSONReaderError) {
        try open("[")
        if !take("]") {
            repeat { try element(&self) } while take(",")
            try expect("]")
        }
        depth -= 1
    }

    /// Reads a whole number of 0 or more, without fraction or exponent.
    package mutating func count() throws(JSONReaderError) -> Int {
        skipSpace()
        let start = place
        var value = 0
        while let byte = peek, 0x30...0x39 ~= byte {
            let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tens.addingReportingOverflow(Int(byte - 0x30))
            guard !overflow, !carry else {
                throw JSONReaderError("a number below 2^63", at: start)
            }
            value = sum
            place += 1
        }
        let hasLeadingZero = place - start > 1 && bytes[start] == UInt8(ascii: "0")
        guard place > start, !hasLeadingZero, !".eE".utf8.contains(peek ?? 0) else {
            throw JSONReaderError("a whole number of 0 or more", at: start)
        }
        return value
    }

    /// Reads `null` if it stands here.
    package mutating func isNull() -> Bool { takeWord("null") }

    /// Reads any value and forgets it.
    package mutating func skip() throws(JSONReaderError) {
        skipSpace()
        switch peek {
        case UInt8(ascii: "{"):
            try members { (reader, _) throws(JSONReaderError) in try reader.skip() }
        case UInt8(ascii: "["):
            try elements { (reader) throws(JSONReaderError) in try reader.skip() }
        case UInt8(ascii: "\""): _ = try string()
        default:
            if !takeWord("null"), !takeWord("true"), !takeWord("false") { try skipNumber() }
        }
    }

    /// Throws unless nothing but space follows.
    package mutating func end() throws(JSONReaderError) {
        skipSpace()
        guard place == bytes.count else { throw JSONReaderError("the end", at: place) }
    }
}

/// What a text has in place of the JSON that was expected.
package struct JSONReaderError: Error, CustomStringConvertible {
    package let description: String

    init(_ expected: String, at place: Int) { description = "byte \(place): expected \(expected)" }
}

extension JSONReader {
    /// Reads a string.
    package mutating func string() throws(JSONReaderError) -> String {
        try expect("\"")
        let start = place
        var text: [UInt8] = []
        while let byte = peek, byte != UInt8(ascii: "\"") {
            guard byte >= 0x20 else {
                throw JSONReaderError("no control character in a string", at: place)
            }
            place += 1
            if byte == UInt8(ascii: "\\") {
                text += String(try escaped()).utf8
            } else {
                text.append(byte)
            }
        }
        try expect("\"")
        guard let string = String(validating: text, as: UTF8.self) else {
            throw JSONReaderError("UTF-8", at: start)
        }
        return string
    }

    private mutating func escaped() throws(JSONReaderError) -> Unicode.Scalar {
        let start = place
        guard let byte = peek else { throw JSONReaderError("an escape sequence", at: start) }
        place += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): break
        default: throw JSONReaderError("an escape sequence", at: start)
        }
        var value = try codeUnit()
        if 0xD800..<0xDC00 ~= value, takeBytes("\\u") {
            let low = try codeUnit()
            guard 0xDC00..<0xE000 ~= low else {
                throw JSONReaderError("the second half of a surrogate pair", at: start)
            }
            value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(value) else {
            throw JSONReaderError("no lone surrogate", at: start)
        }
        return scalar
    }

    private mutating func codeUnit() throws(JSONReaderError) -> UInt32 {
        guard bytes.count - place >= 4,
            bytes[place..<place + 4].allSatisfy({ Unicode.Scalar($0).properties.isASCIIHexDigit }),
            let value = UInt32(String(decoding: bytes[place..<place + 4], as: UTF8.self), radix: 16)
        else { throw JSONReaderError("four hexadecimal digits", at: place) }
        place += 4
        return value
    }

    private mutating func skipNumber() throws(JSONReaderError) {
        let start = place
        while let byte = peek, "+-.0123456789eE".utf8.contains(byte) { place += 1 }
        let text = String(decoding: bytes[start..<place], as: UTF8.self)
        guard let first = text.first, first != "+", first != ".", Double(text) != nil else {
            throw JSONReaderError("a value", at: start)
        }
    }

    private var peek: UInt8? { place < bytes.count ? bytes[place] : nil }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || (0x09...0x0D ~= byte && byte != 0x0B && byte != 0x0C)
        {
            place += 1
        }
    }

    private mutating func open(_ bracket: Character) throws(JSONReaderError) {
        try expect(bracket)
        depth += 1
        guard depth <= 128 else { throw JSONReaderError("at most 128 levels", at: place) }
    }

    private mutating func take(_ character: Character) -> Bool {
        skipSpace()
        guard peek == character.asciiValue else { return false }
        place += 1
        return true
    }

    private mutating func expect(_ character: Character) throws(JSONReaderError) {
        guard take(character) else { throw JSONReaderError("\(character)", at: place) }
    }

    private mutating func takeBytes(_ text: StaticString) -> Bool {
        let isHere = bytes[place...].starts(with: "\(text)".utf8)
        if isHere { place += text.utf8CodeUnitCount }
        return isHere
    }

    private mutating func takeWord(_ word: StaticString) -> Bool {
        skipSpace()
        return takeBytes(word)
    }
}
