/// Arithmetic as a completion writes it: whole numbers, `+ - * /`, brackets, `× ÷ −`, and an
/// optional `= result` at the end.
///
/// Read by recursive descent and computed on the way, exactly; nothing is evaluated by another
/// language. A leading sign is allowed, as in `-3 + 5`; powers, decimals and implied products are
/// not.
struct CountdownExpression {
    /// What the expression comes to.
    let value: Rational
    /// The numbers it uses, in order.
    let numbers: [Int]
    /// The result it claims after "=".
    let claim: Rational?

    /// Reads and computes an expression, or gives `nil` where it is none, divides by 0, or is longer
    /// than 4,096 bytes or nested deeper than 64.
    init?(parsing text: String) {
        guard text.utf8.count <= 4_096 else { return nil }
        var parser = Parser(scalars: Array(text.unicodeScalars))
        guard let value = parser.sum(depth: 0) else { return nil }
        let numbers = parser.numbers
        var claim: Rational?
        if parser.take("=") {
            guard let result = parser.result() else { return nil }
            claim = result
        }
        guard parser.isAtEnd else { return nil }
        self.value = value
        self.numbers = numbers
        self.claim = claim
    }
}

private struct Parser {
    let scalars: [Unicode.Scalar]
    var index = 0
    var numbers: [Int] = []

    private static let deepest = 64
    private static let longestNumber = 15

    /// Products, added and subtracted.
    mutating func sum(depth: Int) -> Rational? {
        guard var value = product(depth: depth) else { return nil }
        while true {
            if take("+") {
                guard let next = product(depth: depth) else { return nil }
                value = value + next
            } else if takeMinus() {
                guard let next = product(depth: depth) else { return nil }
                value = value - next
            } else {
                return value
            }
        }
    }

    /// Factors, multiplied and divided.
    private mutating func product(depth: Int) -> Rational? {
        guard var value = factor(depth: depth) else { return nil }
        while true {
            if take("*") || take("×") {
                guard let next = factor(depth: depth) else { return nil }
                value = value * next
            } else if take("/") || take("÷") {
                guard let next = factor(depth: depth), let quotient = value.divided(by: next)
                else { return nil }
                value = quotient
            } else {
                return value
            }
        }
    }

    /// A number or a sum in brackets, after any signs.
    private mutating func factor(depth: Int) -> Rational? {
        guard depth < Self.deepest else { return nil }
        if takeMinus() { return factor(depth: depth + 1).map { -$0 } }
        if take("+") { return factor(depth: depth + 1) }
        if take("(") {
            guard let value = sum(depth: depth + 1), take(")") else { return nil }
            return value
        }
        guard let number = number() else { return nil }
        numbers.append(number)
        return Rational(number)
    }

    /// The whole number after "=".
    mutating func result() -> Rational? {
        let isNegative = takeMinus()
        return number().map { Rational(isNegative ? -$0 : $0) }
    }

    private mutating func number() -> Int? {
        skipSpace()
        let start = index
        while index < scalars.count, scalars[index].isDigit { index += 1 }
        guard index > start, index - start <= Self.longestNumber else { return nil }
        return scalars[start..<index].reduce(0) { $0 * 10 + Int($1.value - 48) }
    }

    var isAtEnd: Bool {
        mutating get {
            skipSpace()
            return index == scalars.count
        }
    }

    mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        skipSpace()
        guard index < scalars.count, scalars[index] == scalar else { return false }
        index += 1
        return true
    }

    private mutating func takeMinus() -> Bool { take("-") || take("\u{2212}") }

    private mutating func skipSpace() {
        while index < scalars.count, scalars[index].properties.isWhitespace { index += 1 }
    }
}
