/// Strings, with their escapes.
extension JSONParser {
    /// The string whose opening quote is next.
    mutating func string() throws(Failure) -> String {
        offset += 1
        let start = offset
        var unescaped: [UInt8]?
        while let byte = next, byte != UInt8(ascii: "\"") {
            guard byte >= 0x20 else { throw expected("no control character within a string") }
            if byte == UInt8(ascii: "\\") {
                if unescaped == nil { unescaped = Array(bytes[start..<offset]) }
                unescaped?.append(contentsOf: String(try escape()).utf8)
            } else {
                unescaped?.append(byte)
                offset += 1
            }
        }
        let content = unescaped?[...] ?? bytes[start..<offset]
        guard skip("\"") else { throw expected("a closing quote") }
        guard let text = String(validating: content, as: UTF8.self) else {
            throw Failure(offset: start, expected: "a string of well-formed UTF-8")
        }
        return text
    }

    /// The scalar that an escape stands for.
    private mutating func escape() throws(Failure) -> Unicode.Scalar {
        offset += 1
        let letter = next
        offset += 1
        switch letter {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try unicodeEscape()
        default: throw Failure(offset: min(offset - 1, bytes.count), expected: "an escape")
        }
    }

    /// The scalar of the digits after "\u", and of the second surrogate where there is a first.
    private mutating func unicodeEscape() throws(Failure) -> Unicode.Scalar {
        let start = offset
        let first = try fourDigits()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, skip("\\"), skip("u") else {
            throw Failure(offset: start, expected: "both halves of a surrogate pair")
        }
        let second = try fourDigits()
        guard 0xDC00...0xDFFF ~= second,
            let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        else { throw Failure(offset: start, expected: "both halves of a surrogate pair") }
        return scalar
    }

    private mutating func fourDigits() throws(Failure) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next,
                let digit = Character(Unicode.Scalar(byte)).hexDigitValue
            else { throw expected("four hexadecimal digits") }
            value = value << 4 + UInt32(digit)
            offset += 1
        }
        return value
    }
}
