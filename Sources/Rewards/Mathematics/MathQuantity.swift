/// One expression of an answer, computed.
struct MathQuantity: Sendable {
    /// What stands behind the expression and is not part of its figure.
    enum Unit: Sendable { case none, percent, degrees }

    let expression: MathExpression
    let unit: Unit
    /// The figure at each place of ``MathExpression/places``; at one where it has no variable.
    let values: [MathValue?]

    init(_ expression: MathExpression) {
        let figure: MathExpression
        if case .node(.negative, let parts) = expression, let part = parts.first {
            // "-5 %" is read as −(5 %).
            let inner = Self.stripped(part)
            (figure, unit) = (.negative(inner.0), inner.1)
        } else {
            (figure, unit) = Self.stripped(expression)
        }
        self.expression = figure.folded
        let count = self.expression.isVariable ? MathExpression.places : 1
        values = (0..<count).map(self.expression.value(at:))
    }

    private static func stripped(_ expression: MathExpression) -> (MathExpression, Unit) {
        switch expression {
        case .node(.percent, let parts) where parts.count == 1: (parts[0], .percent)
        case .node(.degrees, let parts) where parts.count == 1: (parts[0], .degrees)
        default: (expression, .none)
        }
    }

    var isConstant: Bool { values.count == 1 }

    /// Whether it can be computed: a constant, or an expression at three places at least.
    var isDefined: Bool { values.count { $0 != nil } >= (isConstant ? 1 : Self.leastPlaces) }

    private static let leastPlaces = 3
}

extension MathQuantity {
    /// Whether two quantities are equal: constants by value, expressions as functions, at the places
    /// where both are real. So ln(ab) is ln a + ln b, and √(x²) is |x| and not x.
    ///
    /// A percentage is its hundredth, and equals the bare figure where that is 1 or more (as the
    /// number reward has it). An angle in degrees equals the bare figure and its radians.
    func equals(_ other: MathQuantity, tolerance: Rational) -> Bool {
        if unit == other.unit { return figureEquals(other, tolerance: tolerance) }
        let (marked, plain) = unit == .none ? (other, self) : (self, other)
        guard plain.unit == .none else { return false }
        if marked.converted.figureEquals(plain, tolerance: tolerance) { return true }
        guard marked.figureEquals(plain, tolerance: tolerance) else { return false }
        return marked.unit == .degrees || plain.isOneOrMore
    }

    /// The same in no unit.
    private var converted: MathQuantity {
        switch unit {
        case .none: self
        case .percent:
            MathQuantity(.node(.quotient, [expression, .number(Rational(100))]))
        case .degrees:
            MathQuantity(
                .node(
                    .quotient,
                    [.node(.product, [expression, .constant(.pi)]), .number(Rational(180))]))
        }
    }

    private var isOneOrMore: Bool {
        values.allSatisfy { value in
            value?.absoluteValue?.plus(.exact(Rational(-1))).map { $0.isNegative != true } ?? false
        }
    }

    private func figureEquals(_ other: MathQuantity, tolerance: Rational) -> Bool {
        if isConstant, other.isConstant {
            if let equal = isClose(other, tolerance: tolerance) { return equal }
            return expression == other.expression
        }
        // Where one of them is real nowhere, as with i, complex values are compared.
        let isReal = isSomewhereReal && other.isSomewhereReal
        var agreements = 0
        for place in 0..<MathExpression.places {
            guard let a = value(at: place), let b = other.value(at: place),
                !isReal || a.isReal && b.isReal, let equal = a.equals(b)
            else { continue }
            guard equal else { return false }
            agreements += 1
        }
        return agreements >= Self.leastPlaces || expression == other.expression
    }

    private var isSomewhereReal: Bool { values.contains { $0?.isReal == true } }

    /// Whether two constants are equal or within the tolerance; `nil` where that is open.
    private func isClose(_ other: MathQuantity, tolerance: Rational) -> Bool? {
        guard let a = value(at: 0), let b = other.value(at: 0) else { return nil }
        let equal = a.equals(b)
        guard equal != true, !tolerance.isZero, let distance = a.plus(-b)?.absoluteValue,
            let excess = distance.plus(.exact(-tolerance))
        else { return equal }
        return excess.fraction?.isZero == true || excess.isNegative ?? true
    }

    func value(at place: Int) -> MathValue? { values[isConstant ? 0 : place] }
}
