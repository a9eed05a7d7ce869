extension MathValue {
    /// The power, real where a real one is usual: (−8)^(1/3) is −2, and 0⁰ is 1.
    ///
    /// Fractions to whole powers are exact up to the widest fraction.
    func power(_ exponent: MathValue) -> MathValue? {
        if let whole = exponent.wholeNumber { return power(whole) }
        if let base = fraction, base.isZero { return exponent.isNegative == false ? .zero : nil }
        if let terms = exponent.fraction?.lowestTerms, (2...64).contains(terms.denominator) {
            return root(terms.denominator)?.power(.exact(Rational(terms.numerator)))
        }
        guard let base = approximation, let exponent = exponent.approximation else { return nil }
        return MathValue(base.logarithm.flatMap { ($0 * exponent).exponential })
    }

    private func power(_ exponent: Int) -> MathValue? {
        let size = Int(exponent.magnitude)
        if let base = fraction {
            guard !base.isZero else { return exponent < 0 ? nil : exponent == 0 ? .one : .zero }
            if base.magnitude == Rational(1) {
                return exponent.isMultiple(of: 2) ? .one : self
            }
            if size <= Self.widest, base.width * size <= Self.widest {
                return base.power(exponent).flatMap(MathValue.init)
            }
        }
        guard let base = approximation, size <= 1 << 20 else { return nil }
        var result = Approximation(1)
        var square = base
        var left = size
        while left > 0 {
            if left & 1 == 1 { result = result * square }
            left >>= 1
            if left > 0 { square = square * square }
        }
        return exponent < 0 ? MathValue(Approximation(1).divided(by: result)) : MathValue(result)
    }

    /// The root of a whole degree; the real one of a negative number where the degree is odd.
    func root(_ degree: Int) -> MathValue? {
        guard degree > 0, degree <= 1_000 else { return nil }
        if degree == 1 { return self }
        if isNegative == true, degree % 2 == 1 { return (-self).root(degree).map { -$0 } }
        if let value = fraction {
            if value.isZero { return .zero }
            if let root = value.root(degree) { return .exact(root) }
        }
        guard let value = approximation else { return nil }
        if degree == 2 { return MathValue(value.squareRoot) }
        let share = Approximation(1).divided(by: Approximation(Double(degree)))
        guard let share, let logarithm = value.logarithm else { return nil }
        return MathValue((logarithm * share).exponential)
    }

    /// |z|.
    var absoluteValue: MathValue? {
        switch self {
        case .exact(let value): return .exact(value.magnitude)
        case .infinite: return .infinite(isNegative: false)
        case .approximate(let value):
            if value.isReal { return .approximate(value.real.isNegative ? -value : value) }
            let square = value.real * value.real + value.imaginary * value.imaginary
            return MathValue(
                Approximation(
                    square.squareRoot, error: value.error + 4e-31 * value.magnitude + 1e-300))
        }
    }

    /// The whole number at or below, or at or above, a real one.
    func rounded(up: Bool) -> MathValue? {
        guard let value = approximation, value.isReal, value.magnitude < 1e15 else { return nil }
        if let whole = wholeNumber { return .exact(Rational(whole)) }
        let (low, high) = (value.real.high - value.error, value.real.high + value.error)
        let rule = up ? FloatingPointRoundingRule.up : .down
        guard low.rounded(rule) == high.rounded(rule) else { return nil }
        // A Double may have rounded up to a whole number that the value does not reach.
        let whole = Int(high.rounded(rule))
        guard let fraction else { return .exact(Rational(whole)) }
        if up, Rational(whole) < fraction { return .exact(Rational(whole + 1)) }
        if !up, fraction < Rational(whole) { return .exact(Rational(whole - 1)) }
        return .exact(Rational(whole))
    }

    /// n!, for n up to 500.
    var factorial: MathValue? {
        guard let count = wholeNumber, (0...500).contains(count) else { return nil }
        var product = Natural(UInt(1))
        for factor in stride(from: 2, through: count, by: 1) {
            product = product * Natural(factor.magnitude)
        }
        return .exact(
            Rational(isNegative: false, numerator: product, denominator: Natural(UInt(1))))
    }

    /// The binomial coefficient, for n up to 500.
    func choose(_ other: MathValue) -> MathValue? {
        guard let n = wholeNumber, let k = other.wholeNumber, (0...500).contains(n), k >= 0 else {
            return nil
        }
        guard k <= n else { return .zero }
        var product = Natural(UInt(1))
        // After each step the product is the coefficient of a smaller n: it divides evenly.
        for count in stride(from: 1, through: min(k, n - k), by: 1) {
            product = product * Natural((n - min(k, n - k) + count).magnitude)
            product = product.divided(by: UInt32(count))
        }
        return .exact(
            Rational(isNegative: false, numerator: product, denominator: Natural(UInt(1))))
    }

    /// The logarithm to a base.
    func logarithm(base: MathValue) -> MathValue? {
        guard let a = approximation?.logarithm, let b = base.approximation?.logarithm else {
            return nil
        }
        return MathValue(a.divided(by: b))
    }

    /// The sine family and its inverses; the inverses only where they are real.
    func applying(_ function: MathFunction) -> MathValue? {
        if function == .absolute { return absoluteValue }
        if function == .floor || function == .ceiling { return rounded(up: function == .ceiling) }
        return approximation.flatMap { MathValue($0.applying(function)) }
    }
}

extension Approximation {
    fileprivate func applying(_ function: MathFunction) -> Approximation? {
        let one = Approximation(1)
        func turn(_ part: (Approximation, Approximation) -> Approximation?) -> Approximation? {
            sineAndCosine.flatMap { part($0.sine, $0.cosine) }
        }
        func exponents(_ part: (Approximation, Approximation) -> Approximation?) -> Approximation? {
            guard let grown = exponential, let shrunk = (-self).exponential else { return nil }
            return part(grown - shrunk, grown + shrunk)
        }
        var other: Approximation? { isReal ? (one - self * self).squareRoot : nil }
        switch function {
        case .absolute, .floor, .ceiling: return nil
        case .exponential: return exponential
        case .sine: return turn { sine, _ in sine }
        case .cosine: return turn { _, cosine in cosine }
        case .tangent: return turn { $0.divided(by: $1) }
        case .cotangent: return turn { $1.divided(by: $0) }
        case .secant: return turn { one.divided(by: $1) }
        case .cosecant: return turn { sine, _ in one.divided(by: sine) }
        case .arcsine: return other.flatMap { .angle(y: self, x: $0) }
        case .arccosine: return other.flatMap { .angle(y: $0, x: self) }
        case .arctangent: return .angle(y: self, x: one)
        case .hyperbolicSine: return exponents { odd, _ in odd * Approximation(0.5) }
        case .hyperbolicCosine: return exponents { _, even in even * Approximation(0.5) }
        case .hyperbolicTangent: return exponents { $0.divided(by: $1) }
        }
    }
}
