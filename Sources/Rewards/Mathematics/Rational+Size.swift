import Foundation

extension Natural {
    /// The number as a fraction of a power of two: `mantissa · 2^exponent`, good for 128 bits.
    var approximation: (mantissa: DoubleDouble, exponent: Int) {
        let top = limbs.suffix(5)
        let mantissa = top.reversed().reduce(DoubleDouble(0)) { sum, limb in
            sum.scaled(byPowerOfTwo: 32) + DoubleDouble(Double(limb))
        }
        return (mantissa, 32 * (limbs.count - top.count))
    }

    /// How many bits the number takes.
    var width: Int { 32 * limbs.count - (limbs.last?.leadingZeroBitCount ?? 0) }

    /// The number as a machine integer, where it is one.
    var machineInteger: UInt? {
        switch limbs.count {
        case 0: 0
        case 1: UInt(limbs[0])
        case 2: UInt(limbs[0]) | UInt(limbs[1]) << 32
        default: nil
        }
    }

    /// The quotient by a number that divides this one.
    func divided(by divisor: UInt32) -> Natural {
        var quotient = limbs
        var rest: UInt64 = 0
        for index in quotient.indices.reversed() {
            let part = rest << 32 | UInt64(quotient[index])
            quotient[index] = UInt32(truncatingIfNeeded: part / UInt64(divisor))
            rest = part % UInt64(divisor)
        }
        return Natural(limbs: quotient)
    }

    func power(_ exponent: Int) -> Natural {
        var result = Natural(UInt(1))
        var square = self
        var left = exponent
        while left > 0 {
            if left & 1 == 1 { result = result * square }
            left >>= 1
            if left > 0 { square = square * square }
        }
        return result
    }

    /// The whole root of a machine integer, or `nil` where it has none.
    func root(_ degree: Int) -> Natural? {
        guard let value = machineInteger else { return nil }
        let estimate = Foundation.pow(Double(value), 1 / Double(degree)).rounded()
        guard let whole = UInt(exactly: estimate) else { return nil }
        let root = Natural(whole)
        return root.power(degree) == self ? root : nil
    }
}

extension Rational {
    /// How many bits the longer part of the fraction takes.
    var width: Int { max(numerator.width, denominator.width) }

    var isZero: Bool { numerator.isZero }

    /// The fraction in about 31 digits; not finite where it is beyond the range of `Double`.
    var approximation: Approximation {
        let (upper, scale) = numerator.approximation
        let (lower, divisorScale) = denominator.approximation
        let value = (upper / lower).scaled(byPowerOfTwo: scale - divisorScale)
        return Approximation(
            isNegative ? -value : value,
            error: 2 * DoubleDouble.unit * value.high.magnitude + 1e-300)
    }

    /// The whole number that the fraction is, where it is one below 2⁵³.
    var wholeNumber: Int? {
        let estimate = approximation.real.high.rounded()
        guard let whole = Int(exactly: estimate), whole.magnitude < 1 << 53,
            self == Rational(whole)
        else { return nil }
        return whole
    }

    /// The fraction in lowest terms, where its parts are machine integers.
    var lowestTerms: (numerator: Int, denominator: Int)? {
        guard var a = numerator.machineInteger, var b = denominator.machineInteger else {
            return nil
        }
        let (upper, lower) = (a, b)
        while a != 0 { (a, b) = (b % a, a) }
        guard let numerator = Int(exactly: upper / b), let denominator = Int(exactly: lower / b)
        else { return nil }
        return (isNegative ? -numerator : numerator, denominator)
    }

    /// The fraction in lowest terms, where that costs nothing.
    var reduced: Rational {
        guard let (numerator, denominator) = lowestTerms else { return self }
        return Rational(numerator).divided(by: Rational(denominator)) ?? self
    }

    /// The power, or `nil` for one over 0. The caller bounds the exponent.
    func power(_ exponent: Int) -> Rational? {
        let power = Rational(
            isNegative: isNegative && exponent & 1 == 1,
            numerator: numerator.power(Int(exponent.magnitude)),
            denominator: denominator.power(Int(exponent.magnitude)))
        return exponent < 0 ? Rational(1).divided(by: power) : power
    }

    /// The root of a fraction of 0 or more, where it is a fraction of machine integers.
    func root(_ degree: Int) -> Rational? {
        let reduced = reduced
        guard !isNegative, degree > 0, let upper = reduced.numerator.root(degree),
            let lower = reduced.denominator.root(degree)
        else { return nil }
        return Rational(isNegative: false, numerator: upper, denominator: lower)
    }
}
