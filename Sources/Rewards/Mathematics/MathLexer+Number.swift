extension MathLexer {
    private static let mostDigits = 1_000

    /// Reads a number: thousands separators, decimals, a repeating end, an exponent.
    ///
    /// Separators of thousands are `,` outside of brackets that separate by commas, and everywhere
    /// `{,}`, `,\!`, `\,` and `\!`.
    mutating func number() -> Bool {
        var digits = takeDigits()
        if (1...3).contains(digits.count) {
            while takeThousandsSeparator() { digits += takeDigits() }
        }
        var places = 0
        var repeating: [UInt8] = []
        guard peek() == ".", peek(1)?.isDigit == true || startsRepetition(1) else {
            guard let exponent = takeExponent() else {
                append(.digits(digits))
                return digits.count <= Self.mostDigits
            }
            return finish(digits, places: 0, exponent: exponent)
        }
        index += 1
        let fraction = takeDigits()
        places = fraction.count
        digits += fraction
        guard takeRepetition(&repeating) else { return false }
        if repeating.isEmpty {
            return finish(digits, places: places, exponent: takeExponent() ?? 0)
        }
        guard digits.count + repeating.count <= Self.mostDigits else { return false }
        // 0.1666… is (16 − 1)/90.
        let nines = [UInt8](repeating: 9, count: repeating.count)
        let zeros = [UInt8](repeating: 0, count: places)
        let upper =
            Rational(digits: digits + repeating, exponent: 0)
            - Rational(digits: digits, exponent: 0)
        guard let value = upper.divided(by: Rational(digits: nines + zeros, exponent: 0)) else {
            return false
        }
        append(.decimal(value.reduced))
        return true
    }

    private mutating func finish(_ digits: [UInt8], places: Int, exponent: Int) -> Bool {
        guard digits.count <= Self.mostDigits, exponent.magnitude <= Self.mostDigits else {
            return false
        }
        append(.decimal(Rational(digits: digits, exponent: exponent - places).reduced))
        return true
    }

    private mutating func takeDigits() -> [UInt8] {
        var digits: [UInt8] = []
        while let scalar = peek(), scalar.isDigit {
            digits.append(UInt8(truncatingIfNeeded: scalar.value - 48))
            index += 1
        }
        return digits
    }

    /// Takes a separator that exactly three digits follow.
    private mutating func takeThousandsSeparator() -> Bool {
        let start = index
        let isTaken =
            take("{,}") || take(",\\!") || take("\\,") || take("\\!")
            || allowsThousands && take(",")
        guard isTaken, (0..<3).allSatisfy({ peek($0)?.isDigit == true }),
            peek(3)?.isDigit != true
        else {
            index = start
            return false
        }
        return true
    }

    private func startsRepetition(_ offset: Int) -> Bool {
        index + offset < scalars.count
            && scalars[(index + offset)...].starts(with: "\\overline{".unicodeScalars)
    }

    /// Takes `\overline{36}`; `false` where it is broken.
    private mutating func takeRepetition(_ digits: inout [UInt8]) -> Bool {
        guard startsRepetition(0) else { return true }
        index += "\\overline{".unicodeScalars.count
        digits = takeDigits()
        return !digits.isEmpty && take("}")
    }

    /// Takes `e5` or `E-5`, where no letter follows.
    private mutating func takeExponent() -> Int? {
        guard peek() == "e" || peek() == "E" else { return nil }
        let start = index
        index += 1
        let isNegative = peek() == "-"
        if isNegative || peek() == "+" { index += 1 }
        let digits = takeDigits()
        guard !digits.isEmpty, peek()?.properties.isAlphabetic != true else {
            index = start
            return nil
        }
        let value = digits.prefix(6).reduce(0) { $0 * 10 + Int($1) }
        return isNegative ? -value : value
    }
}
