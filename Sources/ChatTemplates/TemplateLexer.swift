/// Cuts a template into tokens, with white space as transformers sets it for chat templates:
/// `trim_blocks`, `lstrip_blocks`, and one line break at the end taken off (jinja2, `lexer.py`).
struct TemplateLexer {
    let source: [Unicode.Scalar]
    var place = 0
    var tokens: [TemplateToken] = []
    /// Whether what came before ended a line, so that white space here begins one.
    private var isLineStart = true

    private init(_ source: [Unicode.Scalar]) {
        self.source = source
    }

    static func tokens(of source: [Unicode.Scalar]) throws(TemplateFailure) -> [TemplateToken] {
        var lexer = TemplateLexer(source)
        try lexer.run()
        return lexer.tokens
    }

    /// The scalars with "\n" for every line break, without one at the end.
    static func normalized(_ text: String) -> [Unicode.Scalar] {
        var scalars: [Unicode.Scalar] = []
        scalars.reserveCapacity(text.utf8.count)
        var wasReturn = false
        for scalar in text.unicodeScalars {
            if scalar == "\r" {
                scalars.append("\n")
            } else if !(scalar == "\n" && wasReturn) {
                scalars.append(scalar)
            }
            wasReturn = scalar == "\r"
        }
        if scalars.last == "\n" { scalars.removeLast() }
        return scalars
    }

    private mutating func run() throws(TemplateFailure) {
        while place < source.count {
            guard let opening = nextOpening() else {
                add(.data(text(place..<source.count)), at: place)
                break
            }
            let kind = source[opening + 1]
            let start = place
            place = opening + 2
            let sign = sign()
            addText(start..<opening, sign: sign, stripsLine: kind != "{")
            switch kind {
            case "#": try skipComment(opening)
            case "{": try readVariable(opening)
            default: try readBlock(opening)
            }
            isLineStart = source[place - 1] == "\n"
        }
        add(.end, at: source.count)
    }

    /// Where the next `{{`, `{%` or `{#` is.
    private func nextOpening() -> Int? {
        var index = place
        while index + 1 < source.count {
            if source[index] == "{", ["{", "%", "#"].contains(source[index + 1]) { return index }
            index += 1
        }
        return nil
    }

    /// The `-` or `+` that says what becomes of the white space beside a tag.
    private mutating func sign() -> Unicode.Scalar? {
        guard place < source.count, source[place] == "-" || source[place] == "+" else { return nil }
        place += 1
        return source[place - 1]
    }

    private mutating func addText(
        _ range: Range<Int>, sign: Unicode.Scalar?, stripsLine: Bool
    ) {
        var end = range.upperBound
        if sign == "-" {
            while end > range.lowerBound, source[end - 1].isPythonSpace { end -= 1 }
        } else if sign != "+", stripsLine {
            var start = end
            while start > range.lowerBound, source[start - 1] != "\n" { start -= 1 }
            let isWholeLine = start > range.lowerBound || isLineStart
            if isWholeLine, source[start..<end].allSatisfy(\.isPythonSpace) { end = start }
        }
        if end > range.lowerBound { add(.data(text(range.lowerBound..<end)), at: range.lowerBound) }
    }

    /// Skips the end of a tag, and the white space that goes with it.
    private mutating func skipEnd(_ mark: Unicode.Scalar) -> Bool {
        var end = place
        let sign = end < source.count ? source[end] : " "
        let hasSign = sign == "-" || (sign == "+" && mark != "}")
        if hasSign { end += 1 }
        guard end + 1 < source.count, source[end] == mark, source[end + 1] == "}" else {
            return false
        }
        place = end + 2
        if sign == "-" {
            while place < source.count, source[place].isPythonSpace { place += 1 }
        } else if !hasSign, mark != "}", place < source.count, source[place] == "\n" {
            place += 1
        }
        return true
    }

    private mutating func skipComment(_ opening: Int) throws(TemplateFailure) {
        while place < source.count {
            if skipEnd("#") { return }
            place += 1
        }
        throw TemplateFailure(
            opening, .syntax(expected: "\"#}\" after \"{#\"", found: "the end of the template"))
    }

    private mutating func readVariable(_ opening: Int) throws(TemplateFailure) {
        add(.variableBegin, at: opening)
        add(.variableEnd, at: try readExpression(opening, end: "}"))
    }

    private mutating func readBlock(_ opening: Int) throws(TemplateFailure) {
        if try skipRaw(opening) { return }
        add(.blockBegin, at: opening)
        add(.blockEnd, at: try readExpression(opening, end: "%"))
    }

    /// Reads the tokens up to the end of the tag, whose place it returns.
    private mutating func readExpression(
        _ opening: Int, end: Unicode.Scalar
    ) throws(TemplateFailure) -> Int {
        var brackets: [Unicode.Scalar] = []
        while true {
            let start = place
            if brackets.isEmpty, skipEnd(end) { return start }
            guard place < source.count else {
                throw TemplateFailure(
                    opening,
                    .syntax(expected: "the tag to end", found: "the end of the template"))
            }
            if source[place].isPythonSpace { place += 1 } else { try readToken(&brackets) }
        }
    }

    /// Skips `raw`, whose content becomes text.
    private mutating func skipRaw(_ opening: Int) throws(TemplateFailure) -> Bool {
        let start = place
        guard skipWord("raw"), skipRawEnd() else {
            place = start
            return false
        }
        let content = place
        while place < source.count {
            let tag = place
            if source[place] == "{", place + 1 < source.count, source[place + 1] == "%" {
                place += 2
                let sign = sign()
                if skipWord("endraw"), skipEnd("%") {
                    isLineStart = source[content - 1] == "\n"
                    addText(content..<tag, sign: sign, stripsLine: true)
                    return true
                }
            }
            place = tag + 1
        }
        throw TemplateFailure(
            opening, .syntax(expected: "\"{% endraw %}\"", found: "the end of the template"))
    }

    /// The end of `{% raw %}` keeps the line break after it.
    private mutating func skipRawEnd() -> Bool {
        let start = place
        guard skipEnd("%") else { return false }
        if source[start] != "-", source[place - 1] == "\n" { place -= 1 }
        return true
    }

    private mutating func skipWord(_ word: String) -> Bool {
        while place < source.count, source[place].isPythonSpace { place += 1 }
        let scalars = Array(word.unicodeScalars)
        guard source[place...].starts(with: scalars) else { return false }
        place += scalars.count
        while place < source.count, source[place].isPythonSpace { place += 1 }
        return true
    }
}

extension TemplateLexer {
    mutating func add(_ kind: TemplateToken.Kind, at place: Int) {
        tokens.append(TemplateToken(kind: kind, place: place))
    }

    func text(_ range: Range<Int>) -> String {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: source[range])
        return String(text)
    }
}
