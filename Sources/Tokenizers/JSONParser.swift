/// A strict reader of JSON (RFC 8259) in UTF-8.
///
/// Like serde_json, which reads these files in the tokenizers package, it refuses lone surrogates,
/// numbers beyond a Double, and more than 127 levels.
package struct JSONParser {
    /// What is wrong, and at which byte.
    struct Failure: Error {
        let offset: Int
        let expected: String
    }

    let bytes: [UInt8]
    var offset = 0
    private var depth = 0

    private init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The value that the whole of a file holds.
    package static func parse(_ bytes: [UInt8], file: String) throws(TokenizerError) -> JSON {
        var parser = JSONParser(bytes)
        do throws(Failure) {
            let value = try parser.value()
            parser.skipWhiteSpace()
            guard parser.offset == bytes.count else { throw parser.expected("the end of the file") }
            return value
        } catch {
            let before = bytes[..<error.offset]
            let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
            throw .malformed(
                file: file, line: before.count { $0 == UInt8(ascii: "\n") } + 1,
                column: error.offset - lineStart + 1, expected: error.expected,
                found: parser.found(at: error.offset))
        }
    }

    private mutating func value() throws(Failure) -> JSON {
        skipWhiteSpace()
        switch next {
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            guard depth < 127 else { throw expected("at most 127 levels of nesting") }
            depth += 1
            defer { depth -= 1 }
            offset += 1
            return bytes[offset - 1] == UInt8(ascii: "{") ? try object() : try array()
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case .some(UInt8(ascii: "0")...UInt8(ascii: "9")), UInt8(ascii: "-"): return try number()
        default: throw expected("a JSON value")
        }
    }

    private mutating func object() throws(Failure) -> JSON {
        var members: [JSON.Member] = []
        skipWhiteSpace()
        guard !skip("}") else { return .object(members) }
        repeat {
            skipWhiteSpace()
            guard next == UInt8(ascii: "\"") else { throw expected("a key in quotes") }
            let key = try string()
            skipWhiteSpace()
            guard skip(":") else { throw expected("a colon") }
            members.append(JSON.Member(key: key, value: try value()))
            skipWhiteSpace()
        } while skip(",")
        guard skip("}") else { throw expected("a comma or a closing brace") }
        return .object(members)
    }

    private mutating func array() throws(Failure) -> JSON {
        var elements: [JSON] = []
        skipWhiteSpace()
        guard !skip("]") else { return .array(elements) }
        repeat {
            elements.append(try value())
            skipWhiteSpace()
        } while skip(",")
        guard skip("]") else { throw expected("a comma or a closing bracket") }
        return .array(elements)
    }

    private mutating func word(_ text: StaticString, _ value: JSON) throws(Failure) -> JSON {
        let end = offset + text.utf8CodeUnitCount
        guard end <= bytes.count, bytes[offset..<end].elementsEqual("\(text)".utf8) else {
            throw expected("a JSON value")
        }
        offset = end
        return value
    }

    private mutating func number() throws(Failure) -> JSON {
        let start = offset
        _ = skip("-")
        if !skip("0") { try digits() }
        var isWhole = true
        if skip(".") {
            isWhole = false
            try digits()
        }
        if skip("e") || skip("E") {
            isWhole = false
            if !skip("+") { _ = skip("-") }
            try digits()
        }
        let text = String(decoding: bytes[start..<offset], as: UTF8.self)
        if isWhole, let integer = Int(text) { return .integer(integer) }
        guard let number = Double(text), number.isFinite else {
            throw Failure(offset: start, expected: "a number within a Double")
        }
        return .number(number)
    }

    private mutating func digits() throws(Failure) {
        let start = offset
        while let byte = next, UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte { offset += 1 }
        guard offset > start else { throw expected("a digit") }
    }
}

extension JSONParser {
    var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    mutating func skip(_ scalar: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: scalar) else { return false }
        offset += 1
        return true
    }

    func expected(_ what: String) -> Failure { Failure(offset: offset, expected: what) }

    private mutating func skipWhiteSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            offset += 1
        }
    }

    private func found(at offset: Int) -> String {
        guard !bytes.isEmpty else { return "an empty file" }
        guard offset < bytes.count else { return "the end of the file" }
        guard 0x20..<0x7F ~= bytes[offset] else {
            return "the byte 0x" + String(bytes[offset], radix: 16, uppercase: true)
        }
        return String(decoding: bytes[offset...offset], as: UTF8.self).debugDescription
    }
}
