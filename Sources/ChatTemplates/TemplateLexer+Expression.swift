/// Tokens inside `{{ }}` and `{% %}`.
extension TemplateLexer {
    private static let marks = [
        "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{",
        "}", ">", "<", "=", ".", ":", "|", ",",
    ].map { Array($0.unicodeScalars) }

    /// Reads one token; `brackets` are those that are open.
    mutating func readToken(_ brackets: inout [Unicode.Scalar]) throws(TemplateFailure) {
        let start = place
        let first = source[place]
        if first == "'" || first == "\"" { return add(.string(try string()), at: start) }
        if first.isDigit { return add(try number(), at: start) }
        if first == "_" || first.properties.isXIDStart {
            while place < source.count, source[place].isPartOfName { place += 1 }
            return add(.name(text(start..<place)), at: start)
        }
        guard let mark = Self.marks.first(where: { source[place...].starts(with: $0) }) else {
            throw TemplateFailure(
                place, .syntax(expected: "an expression", found: String(first).debugDescription))
        }
        try balance(mark[0], &brackets)
        place += mark.count
        add(.mark(text(start..<place)), at: start)
    }

    private func balance(
        _ mark: Unicode.Scalar, _ brackets: inout [Unicode.Scalar]
    ) throws(TemplateFailure) {
        switch mark {
        case "(": brackets.append(")")
        case "[": brackets.append("]")
        case "{": brackets.append("}")
        case ")", "]", "}":
            guard brackets.popLast() == mark else {
                throw TemplateFailure(
                    place, .syntax(expected: "brackets in pairs", found: "\"\(mark)\""))
            }
        default: break
        }
    }

    private mutating func number() throws(TemplateFailure) -> TemplateToken.Kind {
        let start = place
        if source[place] == "0", place + 1 < source.count,
            let radix = ["x": 16, "o": 8, "b": 2][source[place + 1].properties.lowercaseMapping]
        {
            place += 2
            let digits = digits { $0.isASCII && $0.properties.isASCIIHexDigit }
            return try integer(digits, radix: radix, at: start)
        }
        var text = digits(\.isDigit)
        var isWhole = true
        let isAfterDot = start > 0 && source[start - 1] == "."
        if !isAfterDot, place + 1 < source.count, source[place] == ".", source[place + 1].isDigit {
            place += 1
            text += "." + digits(\.isDigit)
            isWhole = false
        }
        if !isAfterDot, place < source.count, source[place] == "e" || source[place] == "E" {
            let sign = place + 1 < source.count && ["+", "-"].contains(source[place + 1]) ? 2 : 1
            if place + sign < source.count, source[place + sign].isDigit {
                text += self.text(place..<place + sign)
                place += sign
                text += digits(\.isDigit)
                isWhole = false
            }
        }
        if isWhole { return try integer(text, radix: 10, at: start) }
        guard let value = Double(text) else {
            throw TemplateFailure(start, .syntax(expected: "a number", found: text))
        }
        return .number(value)
    }

    private func integer(
        _ digits: String, radix: Int, at start: Int
    ) throws(TemplateFailure) -> TemplateToken.Kind {
        guard let value = Int(digits, radix: radix) else {
            throw TemplateFailure(
                start, .syntax(expected: "a whole number of 64 bits", found: "\"\(digits)\""))
        }
        return .integer(value)
    }

    /// Digits, which may have single underscores between them.
    private mutating func digits(_ isDigit: (Unicode.Scalar) -> Bool) -> String {
        var text = ""
        while place < source.count {
            if isDigit(source[place]) {
                text.unicodeScalars.append(source[place])
            } else if source[place] != "_" || place + 1 == source.count
                || !isDigit(source[place + 1])
            {
                break
            }
            place += 1
        }
        return text
    }

    private mutating func string() throws(TemplateFailure) -> String {
        let start = place
        let quote = source[place]
        var text = String.UnicodeScalarView()
        place += 1
        while place < source.count, source[place] != quote {
            if source[place] == "\\" {
                try readEscape(into: &text)
            } else {
                text.append(source[place])
                place += 1
            }
        }
        guard place < source.count else {
            throw TemplateFailure(
                start, .syntax(expected: "a closing quote", found: "the end of the template"))
        }
        place += 1
        return String(text)
    }

    /// Python's escapes; a backslash before another character stays.
    private mutating func readEscape(
        into text: inout String.UnicodeScalarView
    ) throws(TemplateFailure) {
        place += 1
        guard place < source.count else { return }
        let letter = source[place]
        place += 1
        switch letter {
        case "n": text.append("\n")
        case "t": text.append("\t")
        case "r": text.append("\r")
        case "a": text.append("\u{7}")
        case "b": text.append("\u{8}")
        case "f": text.append("\u{C}")
        case "v": text.append("\u{B}")
        case "\\", "'", "\"": text.append(letter)
        case "\n": break
        case "x": text.append(try scalar(digits: 2))
        case "u": text.append(try scalar(digits: 4))
        case "U": text.append(try scalar(digits: 8))
        case "0"..."7":
            var value = letter.value - 48
            var count = 1
            while count < 3, place < source.count, "0"..."7" ~= source[place] {
                value = value * 8 + source[place].value - 48
                place += 1
                count += 1
            }
            text.append(Unicode.Scalar(value) ?? "\u{FFFD}")
        default: text.append(contentsOf: ["\\", letter])
        }
    }

    private mutating func scalar(digits count: Int) throws(TemplateFailure) -> Unicode.Scalar {
        let end = min(place + count, source.count)
        guard end - place == count, let value = UInt32(text(place..<end), radix: 16),
            let scalar = Unicode.Scalar(value)
        else {
            throw TemplateFailure(
                place,
                .syntax(expected: "\(count) hexadecimal digits of a character", found: "others"))
        }
        place = end
        return scalar
    }
}

extension Unicode.Scalar {
    var isDigit: Bool { "0"..."9" ~= self }

    var isPartOfName: Bool { self == "_" || properties.isXIDContinue }

    /// What Python's `str.isspace` and `\s` take for white space.
    var isPythonSpace: Bool {
        switch value {
        case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F,
            0x205F, 0x3000:
            true
        default: false
        }
    }
}
