/// Splits mathematical text, LaTeX or plain, into its parts.
///
/// White space, dollar and currency signs, `\left`, `\right` and spacing commands say nothing. A
/// command that is not known makes the text unreadable.
struct MathLexer {
    /// Longer text is no answer.
    static let longest = 4_096
    private static let deepest = 8

    let scalars: [Unicode.Scalar]
    var index = 0
    var tokens: [MathToken] = []
    var isSpaced = false
    /// The open brackets in which a comma separates.
    private var separating: [Bool] = []
    private let isText: Bool
    private let depth: Int

    private init(_ scalars: [Unicode.Scalar], isText: Bool, depth: Int) {
        (self.scalars, self.isText, self.depth) = (scalars, isText, depth)
    }

    /// The parts of a text, or `nil` where it is too long or holds something unknown.
    static func tokens(of text: String) -> [MathToken]? {
        guard text.utf8.count <= longest else { return nil }
        return tokens(of: Array(text.unicodeScalars), isText: false, depth: 0)
    }

    private static func tokens(
        of scalars: [Unicode.Scalar], isText: Bool, depth: Int
    ) -> [MathToken]? {
        guard depth < deepest else { return nil }
        var lexer = MathLexer(scalars, isText: isText, depth: depth)
        while lexer.index < scalars.count {
            guard lexer.step() else { return nil }
        }
        return lexer.tokens
    }

    func peek(_ offset: Int = 0) -> Unicode.Scalar? {
        index + offset < scalars.count ? scalars[index + offset] : nil
    }

    /// Takes a text where it stands here.
    mutating func take(_ text: String) -> Bool {
        guard scalars[index...].starts(with: text.unicodeScalars) else { return false }
        index += text.unicodeScalars.count
        return true
    }

    mutating func append(_ kind: MathToken.Kind) {
        tokens.append(MathToken(kind: kind, isSpaced: isSpaced))
        isSpaced = false
    }

    /// Whether a comma before three digits stands here for thousands.
    var allowsThousands: Bool { separating.last != true }

    /// Reads one part; `false` where it is unknown.
    private mutating func step() -> Bool {
        guard let scalar = peek() else { return false }
        if scalar.isDigit || scalar == "." && peek(1)?.isDigit == true { return number() }
        if scalar == "\\" { return command() }
        if scalar.properties.isWhitespace || scalar == "~" || scalar == "$" || scalar.isCurrency {
            isSpaced = isSpaced || !scalar.isCurrency
            index += 1
            return true
        }
        if let kind = MathVocabulary.signs[scalar] {
            index += 1
            append(kind)
            return true
        }
        if MathVocabulary.raised[scalar] != nil { return raisedDigits() }
        if scalar.properties.isAlphabetic { return letters() }
        return sign(scalar)
    }

    private mutating func sign(_ scalar: Unicode.Scalar) -> Bool {
        for (text, symbol) in Self.pairs where take(text) {
            append(.symbol(symbol))
            return true
        }
        index += 1
        if isText, "()[]".unicodeScalars.contains(scalar) { return true }
        guard "+-*/^_()[]{}|,;:=<>!%&'".unicodeScalars.contains(scalar) else {
            // A full stop or a quotation mark beside words says nothing.
            return isText
                || scalar == "."
                    && (index == scalars.count || peek()?.properties.isWhitespace == true)
        }
        switch scalar {
        case "(", "[": separating.append(true)
        case "{": separating.append(!isGrouping)
        case ")", "]", "}": _ = separating.popLast()
        default: break
        }
        append(.symbol(String(scalar)))
        return true
    }

    private static let pairs = [
        ("**", "^"), ("<=", "≤"), (">=", "≥"), ("!=", "≠"), ("==", "="),
    ]

    /// Whether a brace that opens here groups an argument, and does not open a set.
    private var isGrouping: Bool {
        switch tokens.last?.kind {
        case .structure, .function, .logarithm: true
        case .symbol(let symbol): ["^", "_", "}"].contains(symbol)
        default: false
        }
    }

    private mutating func raisedDigits() -> Bool {
        var digits: [UInt8] = []
        while let scalar = peek(), let digit = MathVocabulary.raised[scalar] {
            digits.append(digit)
            index += 1
        }
        append(.symbol("^"))
        append(.digits(digits))
        return true
    }
}

extension MathLexer {
    // MARK: - Commands of LaTeX

    private mutating func command() -> Bool {
        index += 1
        guard let first = peek() else { return true }
        var name = ""
        while let scalar = peek(), scalar.isASCII, scalar.properties.isAlphabetic {
            name.unicodeScalars.append(scalar)
            index += 1
        }
        if name.isEmpty {
            name.unicodeScalars.append(first)
            index += 1
        }
        return command(name)
    }

    private mutating func command(_ name: String) -> Bool {
        if MathVocabulary.spaces.contains(name) {
            isSpaced = true
        } else if MathVocabulary.ignored.contains(name) {
            // "\left." and "\right." are brackets that are not there.
            if name == "left" || name == "right", peek() == "." { index += 1 }
        } else if let symbol = MathVocabulary.symbols[name] {
            if symbol == "⟦" { separating.append(true) }
            if symbol == "⟧" { _ = separating.popLast() }
            append(.symbol(symbol))
        } else if let structure = MathVocabulary.structures[name] {
            append(.structure(structure))
        } else if MathVocabulary.greek.contains(name) {
            append(.letter(name))
        } else if let kind = MathVocabulary.kind(of: name) {
            append(kind)
        } else if MathVocabulary.texts.contains(name) {
            return argument(isText: true)
        } else if MathVocabulary.fonts.contains(name) {
            return argument(isText: isText)
        } else if name == "mathbb" {
            guard take("{R}") || take("R") || take(" R") else { return false }
            append(.symbol("ℝ"))
        } else {
            return false
        }
        return true
    }

    /// The argument of a command that changes the font.
    private mutating func argument(isText: Bool) -> Bool {
        guard peek() == "{" else { return true }
        var open = 0
        var end = index
        repeat {
            if scalars[end] == "{" { open += 1 }
            if scalars[end] == "}" { open -= 1 }
            end += 1
        } while open > 0 && end < scalars.count
        guard open == 0,
            let inside = Self.tokens(
                of: Array(scalars[index + 1..<end - 1]), isText: isText, depth: depth + 1)
        else { return false }
        index = end
        for token in inside { append(token.kind) }
        return true
    }

    // MARK: - Words

    /// A run of letters: a name that is known, a word, or variables side by side.
    private mutating func letters() -> Bool {
        let start = index
        while let scalar = peek(), scalar.properties.isAlphabetic,
            MathVocabulary.signs[scalar] == nil
        {
            index += 1
        }
        var run = String.UnicodeScalarView()
        run.append(contentsOf: scalars[start..<index])
        words(String(run))
        return true
    }

    private mutating func words(_ run: String) {
        let lower = run.lowercased()
        if lower == "and" || lower == "or" { return append(.symbol(lower)) }
        if isText { return append(.word(lower)) }
        let isAfterNumber = tokens.last?.isNumber == true
        if let symbol = Self.symbolWords[lower] { return append(.symbol(symbol)) }
        if isAfterNumber, MathVocabulary.units.contains(run) { return append(.word(lower)) }
        if let kind = MathVocabulary.kind(of: run) { return append(kind) }
        if lower == "sqrt" { return append(.structure("sqrt")) }
        if MathVocabulary.greek.contains(run) { return append(.letter(run)) }
        if let last = run.last, let kind = MathVocabulary.kind(of: String(run.dropLast())) {
            // "sinx" and "pir".
            append(kind)
            return append(.letter(String(last)))
        }
        let isAttached = isAfterNumber && !isSpaced && run.count <= 4
        if run.count > 3 && !isAttached || MathVocabulary.shortWords.contains(lower) {
            return append(.word(lower))
        }
        for letter in run { append(Self.letter(String(letter))) }
    }

    private static let symbolWords = [
        "percent": "%", "percentage": "%", "pct": "%", "degrees": "°", "degree": "°",
    ]

    private static func letter(_ name: String) -> MathToken.Kind {
        switch name {
        case "e": .constant(.euler)
        case "i": .constant(.imaginaryUnit)
        default: .letter(name)
        }
    }
}
