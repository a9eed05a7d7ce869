import Foundation

extension DoubleDouble {
    static let pi = DoubleDouble(3.141592653589793, 1.2246467991473532e-16)
    static let halfPi = DoubleDouble(1.5707963267948966, 6.123233995736766e-17)
    static let naturalLogarithmOf2 = DoubleDouble(0.6931471805599453, 2.3190468138462996e-17)

    /// A relative error that no function here exceeds on its domain.
    static let functionUnit = 1e-28

    /// eˣ, for |x| up to 700.
    var exponential: DoubleDouble {
        let power = (high / Self.naturalLogarithmOf2.high).rounded()
        guard power.isFinite, power.magnitude < 1_100 else { return DoubleDouble(.nan) }
        let reduced = self - Self.naturalLogarithmOf2 * DoubleDouble(power)
        // e^(r/512) − 1 by its series, then squared nine times: (1 + s)² − 1 = 2s + s².
        let small = reduced.scaled(byPowerOfTwo: -9)
        var term = small
        var sum = small
        for count in 2...10 {
            term = term * small / DoubleDouble(Double(count))
            sum = sum + term
        }
        for _ in 0..<9 { sum = sum.scaled(byPowerOfTwo: 1) + sum * sum }
        return (sum + DoubleDouble(1)).scaled(byPowerOfTwo: Int(power))
    }

    /// The natural logarithm of a positive number, by Newton's method from the `Double`'s.
    var logarithm: DoubleDouble {
        var value = DoubleDouble(Foundation.log(high))
        for _ in 0..<2 { value = value + self * (-value).exponential - DoubleDouble(1) }
        return value
    }

    /// Sine and cosine, for |x| up to 10⁶.
    var sineAndCosine: (sine: DoubleDouble, cosine: DoubleDouble) {
        let quadrants = (high / Self.halfPi.high).rounded()
        guard quadrants.magnitude < 1e6 else { return (DoubleDouble(.nan), DoubleDouble(.nan)) }
        let reduced = self - Self.halfPi * DoubleDouble(quadrants)
        let sine = reduced.series(from: 1)
        let cosine = reduced.series(from: 0)
        return switch Int(quadrants) & 3 {
        case 0: (sine, cosine)
        case 1: (cosine, -sine)
        case 2: (-sine, -cosine)
        default: (-cosine, sine)
        }
    }

    /// The series Σ ±xⁿ/n! over n = first, first + 2, …, for |x| up to π/4.
    private func series(from first: Int) -> DoubleDouble {
        let square = self * self
        var term = first == 0 ? DoubleDouble(1) : self
        var sum = term
        for count in stride(from: first + 2, through: first + 28, by: 2) {
            term = -(term * square) / DoubleDouble(Double(count * (count - 1)))
            sum = sum + term
        }
        return sum
    }

    /// The angle of the point (x, y), from −π to π; π on the negative axis.
    static func angle(y: DoubleDouble, x: DoubleDouble) -> DoubleDouble {
        if y.isZero { return x.isNegative ? pi : DoubleDouble(0) }
        let estimate = DoubleDouble(atan2(y.high, x.high))
        let (sine, cosine) = estimate.sineAndCosine
        let radius = (x * x + y * y).squareRoot
        return estimate + (y * cosine - x * sine) / radius
    }
}
