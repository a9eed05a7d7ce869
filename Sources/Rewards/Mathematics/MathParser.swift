/// Reads one expression from the parts of a text, by recursive descent.
///
/// ```
/// sum     = product {("+" | "-" | "±" | "∓") product}
/// product = unary {("*" | "/") unary | power}          power without sign: an implied product
/// unary   = {"+" | "-" | "±" | "∓"} power
/// power   = postfix ["^" (group | unary power)]
/// postfix = primary {"!" | "%" | "°"}
/// primary = number | name | constant | bracket | frac | sqrt | binom | function argument
/// ```
///
/// Products and quotients go from left to right: 1/2x is x/2.
struct MathParser {
    /// Brackets, signs and exponents inside each other.
    static let deepest = 40

    var tokens: [MathToken]
    var index = 0
    var depth = 0
    /// Factorials and binomial coefficients so far: each may be thousands of digits long.
    var factorials = 0
    static let mostFactorials = 8
    /// Open bars of absolute values: inside them a bar closes.
    private var bars = 0

    private init(_ tokens: ArraySlice<MathToken>) { self.tokens = Array(tokens) }

    /// The expression that all of the parts make, or `nil` where they make none.
    static func expression(_ tokens: ArraySlice<MathToken>) -> MathExpression? {
        var parser = MathParser(tokens)
        guard let expression = parser.sum(), parser.index == parser.tokens.count else {
            return nil
        }
        return expression
    }

    /// The expression that the first parts make, and how many there are.
    static func prefix(_ tokens: ArraySlice<MathToken>) -> (MathExpression, count: Int)? {
        var parser = MathParser(tokens)
        return parser.sum().map { ($0, tokens.count - (parser.tokens.count - parser.index)) }
    }

    var next: MathToken? { index < tokens.count ? tokens[index] : nil }

    mutating func take(_ symbol: String) -> Bool {
        guard next?.isSymbol(symbol) == true else { return false }
        index += 1
        return true
    }

    /// What a closing symbol must follow.
    mutating func closed(by symbol: String) -> MathExpression? {
        guard let inside = sum(), take(symbol) else { return nil }
        return inside
    }

    mutating func sum() -> MathExpression? {
        guard depth < Self.deepest else { return nil }
        depth += 1
        defer { depth -= 1 }
        guard let first = product() else { return nil }
        var terms = [first]
        while let symbol = takeSign() {
            guard let term = product() else { return nil }
            terms.append(Self.signed(term, symbol))
        }
        return terms.count == 1 ? first : .node(.sum, terms)
    }

    /// All factors over all divisors, so that a long chain makes no deep tree.
    private mutating func product() -> MathExpression? {
        guard let first = unary() else { return nil }
        var factors = [first]
        var divisors: [MathExpression] = []
        while true {
            if take("*") {
                guard let factor = unary() else { return nil }
                factors.append(factor)
            } else if take("/") {
                guard let divisor = unary() else { return nil }
                divisors.append(divisor)
            } else if startsImpliedFactor {
                guard let factor = power() else { return nil }
                factors.append(factor)
            } else {
                break
            }
        }
        let product = Self.product(of: factors)
        return divisors.isEmpty
            ? product : .node(.quotient, [product, Self.product(of: divisors)])
    }

    static func product(of factors: [MathExpression]) -> MathExpression {
        factors.count == 1 ? factors[0] : .node(.product, factors)
    }

    private mutating func unary() -> MathExpression? {
        guard let symbol = takeSign() else { return power() }
        guard depth < Self.deepest else { return nil }
        depth += 1
        defer { depth -= 1 }
        return unary().map { Self.signed($0, symbol) }
    }

    private mutating func takeSign() -> String? {
        ["+", "-", "±", "∓"].first { take($0) }
    }

    private static func signed(_ value: MathExpression, _ sign: String) -> MathExpression {
        switch sign {
        case "-": .negative(value)
        case "±": .node(.eitherSign, [value])
        case "∓": .negative(.node(.eitherSign, [value]))
        default: value
        }
    }

    mutating func power() -> MathExpression? {
        guard let base = postfix() else { return nil }
        guard take("^") else { return base }
        if take("°") { return .node(.degrees, [base]) }
        if next?.isSymbol("{") == true, index + 2 < tokens.count,
            tokens[index + 1].isSymbol("°"), tokens[index + 2].isSymbol("}")
        {
            index += 3
            return .node(.degrees, [base])
        }
        guard let exponent = exponent() else { return nil }
        return postfix(.node(.power, [base, exponent]))
    }

    /// What stands behind "^"; a tower goes from right to left.
    mutating func exponent() -> MathExpression? {
        guard depth < Self.deepest else { return nil }
        depth += 1
        defer { depth -= 1 }
        if let symbol = takeSign() { return exponent().map { Self.signed($0, symbol) } }
        guard take("{") else {
            guard let base = primary() else { return nil }
            guard take("^") else { return base }
            return exponent().map { .node(.power, [base, $0]) }
        }
        return closed(by: "}")
    }

    private mutating func postfix() -> MathExpression? { primary().flatMap { postfix($0) } }

    private mutating func postfix(_ value: MathExpression) -> MathExpression? {
        var value = value
        var count = 0
        while true {
            if take("!") {
                factorials += 1
                guard factorials <= Self.mostFactorials else { return nil }
                value = .node(.factorial, [value])
            } else if take("%") {
                value = .node(.percent, [value])
            } else if take("°") {
                value = .node(.degrees, [value])
            } else {
                return value
            }
            count += 1
            guard count <= 4 else { return nil }
        }
    }

    /// Whether a factor without a sign of multiplication begins here.
    private var startsImpliedFactor: Bool {
        guard let next else { return false }
        switch next.kind {
        case .letter, .constant, .function, .logarithm: return true
        case .structure(let name): return name != "end" && name != "begin"
        case .symbol(let symbol):
            return ["(", "[", "{", "⌊", "⌈"].contains(symbol) || symbol == "|" && bars == 0
        case .digits, .decimal, .word: return false
        }
    }

    /// What stands between bars.
    mutating func absoluteValue() -> MathExpression? {
        let outer = bars
        bars = 1
        defer { bars = outer }
        return closed(by: "|").map { .node(.function(.absolute), [$0]) }
    }

    /// What stands in brackets, in which bars begin anew.
    mutating func bracketed(by symbol: String) -> MathExpression? {
        let outer = bars
        bars = 0
        defer { bars = outer }
        return closed(by: symbol)
    }
}
