import Foundation

/// A real number as the unevaluated sum of two `Double`s, good for about 31 decimal digits.
///
/// Algorithms: Dekker (1971) and Knuth for the exact sum and product; Hida, Li and Bailey, "Library
/// for Double-Double and Quad-Double Arithmetic" (2007), for the rest. Infinities and NaN come out
/// as NaN; whoever uses a result asks whether it is finite.
struct DoubleDouble: Sendable, Equatable {
    var high: Double
    var low: Double

    init(_ high: Double, _ low: Double = 0) {
        self.high = high
        self.low = low
    }

    /// A relative error that no basic operation exceeds (the bound is near 2⁻¹⁰⁴).
    static let unit = 1e-31

    var isFinite: Bool { high.isFinite && low.isFinite }
    var isZero: Bool { high == 0 }
    var isNegative: Bool { high < 0 }
    var magnitude: DoubleDouble { isNegative ? -self : self }

    /// The value times a power of two.
    func scaled(byPowerOfTwo exponent: Int) -> DoubleDouble {
        DoubleDouble(scalbn(high, exponent), scalbn(low, exponent))
    }
}

extension DoubleDouble {
    /// a + b exactly.
    private static func exactSum(_ a: Double, _ b: Double) -> DoubleDouble {
        let sum = a + b
        let part = sum - a
        return DoubleDouble(sum, (a - (sum - part)) + (b - part))
    }

    /// a + b exactly, where |a| is not below |b|.
    private static func orderedSum(_ a: Double, _ b: Double) -> DoubleDouble {
        let sum = a + b
        return DoubleDouble(sum, b - (sum - a))
    }

    /// a · b exactly.
    private static func exactProduct(_ a: Double, _ b: Double) -> DoubleDouble {
        let product = a * b
        return DoubleDouble(product, (-product).addingProduct(a, b))
    }

    static prefix func - (a: DoubleDouble) -> DoubleDouble { DoubleDouble(-a.high, -a.low) }

    static func + (a: DoubleDouble, b: DoubleDouble) -> DoubleDouble {
        let high = exactSum(a.high, b.high)
        let low = exactSum(a.low, b.low)
        let first = orderedSum(high.high, high.low + low.high)
        return orderedSum(first.high, first.low + low.low)
    }

    static func - (a: DoubleDouble, b: DoubleDouble) -> DoubleDouble { a + -b }

    static func * (a: DoubleDouble, b: DoubleDouble) -> DoubleDouble {
        let product = exactProduct(a.high, b.high)
        return orderedSum(product.high, product.low + (a.high * b.low + a.low * b.high))
    }

    static func / (a: DoubleDouble, b: DoubleDouble) -> DoubleDouble {
        let first = a.high / b.high
        let rest = a - b * DoubleDouble(first)
        let second = rest.high / b.high
        let third = (rest - b * DoubleDouble(second)).high / b.high
        return orderedSum(first, second) + DoubleDouble(third)
    }

    /// The square root of a number of 0 or more.
    var squareRoot: DoubleDouble {
        guard high > 0 else { return DoubleDouble(0) }
        let inverse = 1 / high.squareRoot()
        let root = DoubleDouble(high * inverse)
        return root + DoubleDouble((self - root * root).high * (inverse * 0.5))
    }
}
