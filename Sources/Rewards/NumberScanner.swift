/// Reads number literals from text, left to right, in time linear in the text.
///
/// ```
/// literal  = [sign] [currency [" "] [sign]] body [[" "] ["\"] ("%" | "percent")]
/// body     = mixed | fraction | decimal [power] [" " scale]
/// decimal  = digits {"," three digits} ["." digits] | "." digits
/// fraction = decimal "/" decimal           mixed = digits " " digits "/" digits
/// power    = ("e" | "E") exponent | [" "] ("×" | "x" | "*") [" "] "10^" ["{"] exponent ["}"]
/// exponent = [sign] digits                 scale = "thousand" | "million" | …
/// ```
///
/// Digits are the ASCII digits only. A denominator followed by a further "/" is a date, not a
/// fraction.
struct NumberScanner {
    let scalars: [Unicode.Scalar]
    var index = 0

    init(_ text: some StringProtocol) {
        scalars = Array(text.unicodeScalars)
    }

    /// The last number in a text, as it is written there.
    ///
    /// Digits that belong to a word ("H2O", "x1") are not numbers, and a "-" straight after a
    /// number, a letter or a closing bracket is a subtraction, not a sign.
    static func lastNumber(in text: String) -> String? {
        var scanner = NumberScanner(text)
        var last: Range<Int>?
        while scanner.index < scanner.scalars.count {
            let start = scanner.index
            if scanner.canStartLiteral, scanner.literal() != nil {
                last = start..<scanner.index
            } else {
                scanner.skipRun()
            }
        }
        return last.map { range in
            var found = String.UnicodeScalarView()
            found.append(contentsOf: scanner.scalars[range])
            return String(found)
        }
    }

    /// The literal at the index, which moves past it; or `nil`, and the index stays.
    mutating func literal() -> NumberLiteral? {
        let start = index
        var sign = takeSign()
        if takeCurrency() {
            take(" ")
            sign = sign ?? takeSign()
        }
        let isAfterSlash = start > 0 && scalars[start - 1] == "/"
        guard let first = decimal() else {
            index = start
            return nil
        }
        var literal = NumberLiteral(numerator: first)
        if let denominator = isAfterSlash ? nil : denominator() {
            literal.denominator = denominator
        } else if let (numerator, denominator) = mixedFraction(after: first) {
            literal.whole = first
            literal.numerator = numerator
            literal.denominator = denominator
        } else {
            literal.exponent = (power() ?? 0) + (scale() ?? 0)
        }
        literal.isNegative = sign == "-"
        literal.isPercentage = takePercent()
        return literal
    }

    /// The scalars from the index on.
    var rest: ArraySlice<Unicode.Scalar> { scalars[index...] }

    // MARK: - Where a number may start

    private var canStartLiteral: Bool {
        let scalar = scalars[index]
        guard scalar.isDigit || scalar.isSign || scalar == "." || scalar.isCurrency else {
            return false
        }
        guard index > 0, !scalar.isCurrency else { return true }
        let previous = scalars[index - 1]
        if scalar.isSign {
            let isOperand = previous.properties.isAlphabetic || previous.isDigit
            return !(isOperand || previous.isSign || ")]}%".unicodeScalars.contains(previous))
        }
        let isInside = scalar == "." && previous.isDigit
        return !(previous.properties.isAlphabetic || previous == "_" || isInside)
    }

    /// Moves past one scalar, or past all digits of a run that is no number.
    private mutating func skipRun() {
        let isDigit = scalars[index].isDigit
        index += 1
        while isDigit, index < scalars.count, scalars[index].isDigit { index += 1 }
    }

    // MARK: - Parts of a literal

    private mutating func decimal() -> NumberLiteral.Decimal? {
        var decimal = NumberLiteral.Decimal(digits: takeDigits())
        if (1...3).contains(decimal.digits.count) {
            while isNext(","), (1...3).allSatisfy(isDigit), !isDigit(4) {
                index += 1
                decimal.digits += takeDigits()
            }
        }
        if isNext("."), isDigit(1) {
            index += 1
            let fraction = takeDigits()
            decimal.digits += fraction
            decimal.exponent = -fraction.count
        }
        return decimal.digits.isEmpty ? nil : decimal
    }

    private mutating func denominator() -> NumberLiteral.Decimal? {
        let start = index
        guard take("/"), let denominator = decimal(), !(isNext("/") && isDigit(1)) else {
            index = start
            return nil
        }
        return denominator
    }

    private mutating func mixedFraction(
        after whole: NumberLiteral.Decimal
    ) -> (NumberLiteral.Decimal, NumberLiteral.Decimal)? {
        let start = index
        guard whole.exponent == 0, take(" "), isDigit(0) else {
            index = start
            return nil
        }
        let numerator = takeDigits()
        guard let denominator = denominator(), denominator.exponent == 0,
            numerator.count <= Self.mixedDigits, denominator.digits.count <= Self.mixedDigits,
            Natural(digits: numerator) < Natural(digits: denominator.digits)
        else {
            index = start
            return nil
        }
        return (NumberLiteral.Decimal(digits: numerator), denominator)
    }

    private mutating func power() -> Int? {
        let start = index
        if take("e") || take("E") {
            if let exponent = exponent() { return exponent }
        } else {
            take(" ")
            if take("×") || take("x") || take("*") {
                take(" ")
                if take("1"), take("0"), take("^") {
                    let isBraced = take("{")
                    if let exponent = exponent(), !isBraced || take("}") { return exponent }
                }
            }
        }
        index = start
        return nil
    }

    private mutating func exponent() -> Int? {
        let isNegative = takeSign() == "-"
        let digits = takeDigits()
        guard !digits.isEmpty, !isLetter(0) else { return nil }
        // Longer exponents are out of bounds, and stay so.
        let value = digits.prefix(6).reduce(0) { $0 * 10 + Int($1) }
        return isNegative ? -value : value
    }

    private mutating func scale() -> Int? {
        let start = index
        take(" ")
        for (word, exponent) in Self.scales where takeWord(word) { return exponent }
        index = start
        return nil
    }

    private static let scales = [
        ("thousand", 3), ("million", 6), ("billion", 9), ("trillion", 12),
    ]
    private static let mixedDigits = 6

    private mutating func takePercent() -> Bool {
        let start = index
        take(" ")
        take("\\")
        if take("%") || takeWord("percent") { return true }
        index = start
        return false
    }
}
