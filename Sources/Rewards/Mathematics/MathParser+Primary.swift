extension MathParser {
    /// A number, a name, a bracket or a structure.
    mutating func primary() -> MathExpression? {
        guard let token = next else { return nil }
        index += 1
        switch token.kind {
        case .digits(let digits): return number(digits)
        case .decimal(let value): return .number(value)
        case .letter(let name): return variable(name)
        case .constant(let constant): return .constant(constant)
        case .structure(let name): return structure(name)
        case .function(let function): return application(of: function)
        case .logarithm(let isNatural): return logarithm(isNatural: isNatural)
        case .symbol(let symbol): return bracket(symbol)
        case .word: return nil
        }
    }

    private mutating func bracket(_ symbol: String) -> MathExpression? {
        switch symbol {
        case "(": return bracketed(by: ")")
        case "[": return bracketed(by: "]")
        case "{": return bracketed(by: "}")
        case "|": return absoluteValue()
        case "⌊": return bracketed(by: "⌋").map { .node(.function(.floor), [$0]) }
        case "⌈": return bracketed(by: "⌉").map { .node(.function(.ceiling), [$0]) }
        default: return nil
        }
    }

    // MARK: - Numbers and names

    private mutating func number(_ digits: [UInt8]) -> MathExpression? {
        let value = Rational(digits: digits, exponent: 0)
        if let part = mixedPart() { return .number((value + part).reduced) }
        if take("_") { return based(digits) }
        return .number(value)
    }

    /// The fraction of a mixed number: "1 3/4" or `1\frac{3}{4}`.
    private mutating func mixedPart() -> Rational? {
        let start = index
        var part: Rational?
        if next?.isSpaced == true, let upper = takeWhole(), take("/"), let lower = takeWhole() {
            part = Self.properFraction(upper, lower)
        } else if index == start, next?.kind == .structure("frac") {
            index += 1
            if take("{"), let upper = takeWhole(), take("}"), take("{"), let lower = takeWhole(),
                take("}")
            {
                part = Self.properFraction(upper, lower)
            } else {
                index = start + 1
                if case .digits(let both)? = next?.kind, both.count == 2 {
                    index += 1
                    part = Self.properFraction([both[0]], [both[1]])
                }
            }
        }
        if part == nil { index = start }
        return part
    }

    private mutating func takeWhole() -> [UInt8]? {
        guard case .digits(let digits)? = next?.kind else { return nil }
        index += 1
        return digits
    }

    private static func properFraction(_ upper: [UInt8], _ lower: [UInt8]) -> Rational? {
        let upper = Rational(digits: upper, exponent: 0)
        let lower = Rational(digits: lower, exponent: 0)
        return upper < lower ? upper.divided(by: lower) : nil
    }

    /// A number in another base, `1011_2`; its digits must be the base's.
    private mutating func based(_ digits: [UInt8]) -> MathExpression? {
        let isBraced = take("{")
        guard let baseDigits = takeWhole(), !isBraced || take("}"),
            let base = Rational(digits: baseDigits, exponent: 0).wholeNumber,
            (2...10).contains(base), digits.allSatisfy({ $0 < base })
        else { return nil }
        let value = digits.reduce(Rational(0)) { sum, digit in
            sum * Rational(base) + Rational(Int(digit))
        }
        return .number(value)
    }

    /// A variable with its index: `x_1`, `x_{max}`.
    private mutating func variable(_ name: String) -> MathExpression? {
        guard take("_") else { return .variable(name) }
        guard take("{") else { return takeNamePart().map { .variable("\(name)_\($0)") } }
        var parts: [String] = []
        while !take("}") {
            guard let part = takeNamePart() else { return nil }
            parts.append(part)
        }
        return .variable("\(name)_\(parts.joined())")
    }

    private mutating func takeNamePart() -> String? {
        guard let token = next else { return nil }
        index += 1
        switch token.kind {
        case .digits(let digits): return digits.map(String.init).joined()
        case .letter(let name), .word(let name): return name
        case .constant(.euler): return "e"
        case .constant(.imaginaryUnit): return "i"
        default: return nil
        }
    }

    // MARK: - Structures and functions

    private mutating func structure(_ name: String) -> MathExpression? {
        switch name {
        case "frac":
            guard let upper = argument(), let lower = argument() else { return nil }
            return .node(.quotient, [upper, lower])
        case "binom":
            factorials += 1
            guard factorials <= Self.mostFactorials, let upper = argument(), let lower = argument()
            else { return nil }
            return .node(.binomial, [upper, lower])
        case "sqrt":
            var degree = MathExpression.number(Rational(2))
            if take("[") {
                guard let written = closed(by: "]") else { return nil }
                degree = written
            }
            return argument().map { .node(.root, [$0, degree]) }
        case "group": return argument()
        default: return nil
        }
    }

    /// An argument of LaTeX: a group, or the next sign alone, so that `\frac12` is a half.
    private mutating func argument() -> MathExpression? {
        if take("{") { return bracketed(by: "}") }
        if case .digits(let digits)? = next?.kind, let first = digits.first, digits.count > 1 {
            tokens[index].kind = .digits(Array(digits.dropFirst()))
            return .number(Rational(digits: [first], exponent: 0))
        }
        guard depth < Self.deepest else { return nil }
        depth += 1
        defer { depth -= 1 }
        return primary()
    }

    /// A function with its exponent and its argument: `\sin^2 x` is (sin x)², `\sin^{-1}` arcsin.
    private mutating func application(of function: MathFunction) -> MathExpression? {
        guard depth < Self.deepest else { return nil }
        depth += 1
        defer { depth -= 1 }
        let power = take("^") ? exponent() : nil
        if let power, power == .negative(.number(Rational(1))), let inverse = function.inverse {
            return functionArgument().map { .node(.function(inverse), [$0]) }
        }
        guard let argument = functionArgument() else { return nil }
        let value = MathExpression.node(.function(function), [argument])
        return power.map { .node(.power, [value, $0]) } ?? value
    }

    private mutating func logarithm(isNatural: Bool) -> MathExpression? {
        guard depth < Self.deepest else { return nil }
        depth += 1
        defer { depth -= 1 }
        var base = isNatural ? MathExpression.constant(.euler) : .number(Rational(10))
        if take("_") {
            guard let written = argument() else { return nil }
            base = written
        }
        let power = take("^") ? exponent() : nil
        guard let argument = functionArgument() else { return nil }
        let value = MathExpression.node(.logarithm, [base, argument])
        return power.map { .node(.power, [value, $0]) } ?? value
    }

    /// What a function is of: a bracket, or the factors up to an operator or another function.
    private mutating func functionArgument() -> MathExpression? {
        if let symbol = next, ["(", "[", "{", "|"].contains(where: symbol.isSymbol) {
            return primary()
        }
        guard let first = power() else { return nil }
        var factors = [first]
        while let token = next {
            switch token.kind {
            case .letter, .constant, .structure("frac"), .structure("sqrt"):
                guard let factor = power() else { return nil }
                factors.append(factor)
            default: return Self.product(of: factors)
            }
        }
        return Self.product(of: factors)
    }
}

extension MathFunction {
    fileprivate var inverse: MathFunction? {
        switch self {
        case .sine: .arcsine
        case .cosine: .arccosine
        case .tangent: .arctangent
        default: nil
        }
    }
}
