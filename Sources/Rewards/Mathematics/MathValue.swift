/// What an expression comes to: exactly where it is a fraction, else within a known error.
enum MathValue: Sendable {
    case exact(Rational)
    case approximate(Approximation)
    case infinite(isNegative: Bool)

    /// The most bits of a fraction; a larger one goes on as an approximation.
    static let widest = 4_096

    /// A fraction of bounded size, or its approximation.
    init?(_ value: Rational) {
        let value = value.reduced
        if value.width <= Self.widest {
            self = .exact(value)
        } else {
            self.init(value.approximation)
        }
    }

    /// An approximation, or `nil` where it is beyond the range of numbers.
    init?(_ value: Approximation?) {
        guard let value, value.isUsable else { return nil }
        self = .approximate(value)
    }

    static let zero = MathValue.exact(Rational(0))
    static let one = MathValue.exact(Rational(1))

    /// The value in about 31 digits; `nil` for infinity and beyond the range of `Double`.
    var approximation: Approximation? {
        switch self {
        case .exact(let value):
            let approximation = value.approximation
            return approximation.isUsable ? approximation : nil
        case .approximate(let value): return value
        case .infinite: return nil
        }
    }

    var fraction: Rational? { if case .exact(let value) = self { value } else { nil } }
    var wholeNumber: Int? { fraction?.wholeNumber }

    var isReal: Bool { if case .approximate(let value) = self { value.isReal } else { true } }

    /// Whether the value is below 0; `nil` where that cannot be told.
    var isNegative: Bool? {
        switch self {
        case .exact(let value): value.isNegative
        case .infinite(let isNegative): isNegative
        case .approximate(let value):
            value.isReal && !value.isNearZero ? value.real.isNegative : nil
        }
    }
}

extension MathValue {
    static prefix func - (a: MathValue) -> MathValue {
        switch a {
        case .exact(let value): .exact(-value)
        case .approximate(let value): .approximate(-value)
        case .infinite(let isNegative): .infinite(isNegative: !isNegative)
        }
    }

    /// The sum, or `nil` for ∞ − ∞ and beyond the range of numbers.
    func plus(_ other: MathValue) -> MathValue? {
        switch (self, other) {
        case (.exact(let a), .exact(let b)): MathValue(a + b)
        case (.infinite(let a), .infinite(let b)): a == b ? self : nil
        case (.infinite, _): self
        case (_, .infinite): other
        default: MathValue(combined(with: other, +))
        }
    }

    /// The product, or `nil` for 0 · ∞ and beyond the range of numbers.
    func times(_ other: MathValue) -> MathValue? {
        switch (self, other) {
        case (.exact(let a), .exact(let b)): return MathValue(a * b)
        case (.infinite, _), (_, .infinite):
            guard let a = isNegative, let b = other.isNegative,
                fraction?.isZero != true, other.fraction?.isZero != true
            else { return nil }
            return .infinite(isNegative: a != b)
        default: return MathValue(combined(with: other, *))
        }
    }

    /// The quotient, or `nil` for one by 0.
    func divided(by other: MathValue) -> MathValue? {
        if case .infinite = self { return other.reciprocal.flatMap(times) }
        if case .exact(let a) = self, case .exact(let b) = other {
            return a.divided(by: b).flatMap(MathValue.init)
        }
        guard let a = approximation, let b = other.approximation else { return nil }
        return MathValue(a.divided(by: b))
    }

    private var reciprocal: MathValue? {
        fraction.flatMap { Rational(1).divided(by: $0) }.flatMap(MathValue.init)
    }

    private func combined(
        with other: MathValue, _ operation: (Approximation, Approximation) -> Approximation
    ) -> Approximation? {
        guard let a = approximation, let b = other.approximation else { return nil }
        return operation(a, b)
    }
}

extension MathValue {
    /// Whether two values are the same number; `nil` where rounding leaves that open.
    func equals(_ other: MathValue) -> Bool? {
        switch (self, other) {
        case (.exact(let a), .exact(let b)): return a == b
        case (.infinite(let a), .infinite(let b)): return a == b
        case (.infinite, _), (_, .infinite): return false
        default:
            guard let a = approximation, let b = other.approximation else { return nil }
            let difference = a - b
            let error = a.error + b.error
            if difference.magnitude > 4 * error { return false }
            let size = Swift.max(a.magnitude, b.magnitude)
            return error <= Swift.max(1e-15 * size, 1e-20) ? true : nil
        }
    }
}
