/// A complex number and a bound on how far it is from the one that is meant.
///
/// The bound is carried along through every operation, so that two expressions are compared within
/// what rounding can explain and not within a tolerance that someone chose. A real number has an
/// imaginary part of exactly 0.
struct Approximation: Sendable, Equatable {
    var real: DoubleDouble
    var imaginary: DoubleDouble
    /// Absolute.
    var error: Double

    init(_ real: DoubleDouble, _ imaginary: DoubleDouble = DoubleDouble(0), error: Double) {
        self.real = real
        self.imaginary = imaginary
        self.error = error
    }

    /// A result of which only rounding is wrong beside an inherited error.
    private init(
        rounded real: DoubleDouble, _ imaginary: DoubleDouble, inherited: Double,
        unit: Double = DoubleDouble.unit
    ) {
        self.init(real, imaginary, error: 0)
        error = inherited + unit * magnitude + 1e-300
    }

    static let imaginaryUnit = Approximation(DoubleDouble(0), DoubleDouble(1), error: 0)

    init(_ value: Double) { self.init(DoubleDouble(value), error: 0) }

    /// |z| as a `Double`: good for bounds.
    var magnitude: Double {
        let (a, b) = (real.high.magnitude, imaginary.high.magnitude)
        let (larger, smaller) = a > b ? (a, b) : (b, a)
        guard larger > 0 else { return 0 }
        return larger * (1 + (smaller / larger) * (smaller / larger)).squareRoot()
    }

    var isReal: Bool { imaginary.isZero }
    var isUsable: Bool { real.isFinite && imaginary.isFinite && error.isFinite }
    /// Whether it may be 0.
    var isNearZero: Bool { magnitude <= error }
}

extension Approximation {
    static prefix func - (a: Approximation) -> Approximation {
        Approximation(-a.real, -a.imaginary, error: a.error)
    }

    static func + (a: Approximation, b: Approximation) -> Approximation {
        Approximation(
            rounded: a.real + b.real, a.imaginary + b.imaginary, inherited: a.error + b.error)
    }

    static func - (a: Approximation, b: Approximation) -> Approximation { a + -b }

    static func * (a: Approximation, b: Approximation) -> Approximation {
        Approximation(
            rounded: a.real * b.real - a.imaginary * b.imaginary,
            a.real * b.imaginary + a.imaginary * b.real,
            inherited: a.magnitude * b.error + b.magnitude * a.error + a.error * b.error,
            unit: 4 * DoubleDouble.unit * (a.isReal && b.isReal ? 1 : 4))
    }

    /// The quotient, or `nil` where the divisor may be 0.
    func divided(by b: Approximation) -> Approximation? {
        guard !b.isNearZero else { return nil }
        // Divided by the magnitude first, so that squares neither overflow nor vanish.
        let scale = DoubleDouble(b.magnitude)
        let (c, d) = (b.real / scale, b.imaginary / scale)
        let square = c * c + d * d
        let x = (real * c + imaginary * d) / square / scale
        let y = isReal && b.isReal ? DoubleDouble(0) : (imaginary * c - real * d) / square / scale
        let size = Approximation(x, y, error: 0).magnitude
        return Approximation(
            rounded: x, y, inherited: (error + size * b.error) / (b.magnitude - b.error),
            unit: 16 * DoubleDouble.unit)
    }

    /// eᶻ.
    var exponential: Approximation? {
        let factor = real.exponential
        guard factor.isFinite, error < 1 else { return nil }
        let size = factor.high.magnitude
        let unit = DoubleDouble.functionUnit * (1 + magnitude)
        guard !isReal else {
            return Approximation(
                rounded: factor, DoubleDouble(0), inherited: 2 * size * error, unit: unit)
        }
        let (sine, cosine) = imaginary.sineAndCosine
        return Approximation(
            rounded: factor * cosine, factor * sine, inherited: 2 * size * error + size * unit)
    }

    /// The principal natural logarithm, or `nil` at 0.
    var logarithm: Approximation? {
        guard !isNearZero else { return nil }
        let scale = DoubleDouble(magnitude)
        let (c, d) = (real / scale, imaginary / scale)
        let logarithm = scale.logarithm + (c * c + d * d).logarithm.scaled(byPowerOfTwo: -1)
        return Approximation(
            rounded: logarithm, .angle(y: imaginary, x: real),
            inherited: error / (magnitude - error) + DoubleDouble.functionUnit)
    }

    /// The principal square root.
    var squareRoot: Approximation? {
        guard isReal else { return logarithm.flatMap { ($0 * Approximation(0.5)).exponential } }
        let root = real.magnitude.squareRoot
        // Near 0 the root of the error is the error.
        let inherited = isNearZero ? (2 * error).squareRoot() : error / root.high
        return real.isNegative
            ? Approximation(rounded: DoubleDouble(0), root, inherited: inherited)
            : Approximation(rounded: root, DoubleDouble(0), inherited: inherited)
    }

    /// Sine and cosine of a real number; of another, through eⁱᶻ.
    var sineAndCosine: (sine: Approximation, cosine: Approximation)? {
        guard !isReal else {
            let (sine, cosine) = real.sineAndCosine
            let inherited = error + DoubleDouble.functionUnit * (1 + magnitude)
            return (
                Approximation(rounded: sine, DoubleDouble(0), inherited: inherited),
                Approximation(rounded: cosine, DoubleDouble(0), inherited: inherited)
            )
        }
        let turned = self * .imaginaryUnit
        guard let forward = turned.exponential, let backward = (-turned).exponential else {
            return nil
        }
        let half = Approximation(0.5)
        let sine = -(forward - backward) * half * .imaginaryUnit
        return (sine, (forward + backward) * half)
    }

    /// The angle of a real point (x, y).
    static func angle(y: Approximation, x: Approximation) -> Approximation? {
        guard y.isReal, x.isReal else { return nil }
        let radius = Approximation(x.real, y.real, error: 0).magnitude
        guard radius > x.error + y.error else { return nil }
        return Approximation(
            rounded: .angle(y: y.real, x: x.real), DoubleDouble(0),
            inherited: (x.error + y.error) / radius + DoubleDouble.functionUnit)
    }
}
