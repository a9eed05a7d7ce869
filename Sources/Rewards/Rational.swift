/// A fraction of any size: rewards compare numbers with it, never as `Double`.
///
/// Fractions are not reduced; equality multiplies crosswise.
struct Rational: Sendable {
    let isNegative: Bool
    let numerator: Natural
    /// Never 0.
    let denominator: Natural

    init(isNegative: Bool, numerator: Natural, denominator: Natural) {
        self.isNegative = isNegative && !numerator.isZero
        self.numerator = numerator
        self.denominator = denominator
    }

    init(_ value: Int) {
        self.init(
            isNegative: value < 0, numerator: Natural(value.magnitude), denominator: Natural(1))
    }

    /// The number `digits · 10^exponent`; the caller bounds both.
    init(digits: [UInt8], exponent: Int) {
        let zeros = [UInt8](repeating: 0, count: abs(exponent))
        self.init(
            isNegative: false,
            numerator: Natural(digits: exponent > 0 ? digits + zeros : digits),
            denominator: Natural(digits: exponent < 0 ? [1] + zeros : [1]))
    }

    var magnitude: Rational {
        Rational(isNegative: false, numerator: numerator, denominator: denominator)
    }

    static prefix func - (a: Rational) -> Rational {
        Rational(isNegative: !a.isNegative, numerator: a.numerator, denominator: a.denominator)
    }

    static func + (a: Rational, b: Rational) -> Rational {
        let left = a.numerator * b.denominator
        let right = b.numerator * a.denominator
        let denominator = a.denominator * b.denominator
        guard a.isNegative != b.isNegative else {
            return Rational(
                isNegative: a.isNegative, numerator: left + right, denominator: denominator)
        }
        return Rational(
            isNegative: left < right ? b.isNegative : a.isNegative,
            numerator: Natural.distance(left, right), denominator: denominator)
    }

    static func - (a: Rational, b: Rational) -> Rational { a + -b }

    static func * (a: Rational, b: Rational) -> Rational {
        Rational(
            isNegative: a.isNegative != b.isNegative, numerator: a.numerator * b.numerator,
            denominator: a.denominator * b.denominator)
    }

    /// The quotient, or `nil` where the divisor is 0.
    func divided(by divisor: Rational) -> Rational? {
        guard !divisor.numerator.isZero else { return nil }
        return Rational(
            isNegative: isNegative != divisor.isNegative,
            numerator: numerator * divisor.denominator,
            denominator: denominator * divisor.numerator)
    }
}

extension Rational: Comparable {
    static func == (a: Rational, b: Rational) -> Bool {
        a.isNegative == b.isNegative
            && a.numerator * b.denominator == b.numerator * a.denominator
    }

    static func < (a: Rational, b: Rational) -> Bool {
        if a.isNegative != b.isNegative { return a.isNegative }
        let left = a.numerator * b.denominator
        let right = b.numerator * a.denominator
        return a.isNegative ? right < left : left < right
    }
}
