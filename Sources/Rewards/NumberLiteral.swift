/// A number as it was written, before it is computed.
struct NumberLiteral {
    /// Digits with a decimal point: `digits · 10^exponent`.
    struct Decimal {
        /// Values 0 to 9, the highest first.
        var digits: [UInt8]
        var exponent = 0
    }

    var isNegative = false
    /// The whole part of a mixed number, the 1 of "1 3/4".
    var whole: Decimal?
    var numerator: Decimal
    /// The lower part of a fraction.
    var denominator: Decimal?
    /// A power of ten from scientific notation or a word such as "million".
    var exponent = 0
    var isPercentage = false

    /// The number's value, without the percent sign's hundredth.
    ///
    /// `nil` for a denominator of 0, and for numbers of more than 1,000 digits, which are no answer
    /// and would only cost time.
    var value: Rational? {
        let parts = [whole, numerator, denominator].compactMap(\.self)
        guard parts.allSatisfy({ $0.digits.count <= Self.limit }), abs(exponent) <= Self.limit
        else { return nil }
        var value = Rational(
            digits: numerator.digits, exponent: numerator.exponent + exponent)
        if let denominator {
            let divisor = Rational(digits: denominator.digits, exponent: denominator.exponent)
            guard let quotient = value.divided(by: divisor) else { return nil }
            value = quotient
        }
        if let whole { value = value + Rational(digits: whole.digits, exponent: whole.exponent) }
        return isNegative ? -value : value
    }

    private static let limit = 1_000
}
