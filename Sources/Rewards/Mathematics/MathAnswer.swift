/// A mathematical answer: what is compared.
indirect enum MathAnswer: Sendable {
    /// A number or an expression.
    case quantity(MathQuantity)
    /// A tuple, a vector or an interval, with its brackets.
    case ordered([MathAnswer], open: String, close: String)
    /// A set in braces.
    case set([MathAnswer])
    /// Answers beside each other, without a bracket.
    case list([MathAnswer])
    /// Values of different variables.
    case assignments([String: MathAnswer], order: [String])
    /// Intervals and sets together.
    case union([MathAnswer])
    case matrix([[MathQuantity]])
    /// An equation or inequality: its sides' difference, beside 0.
    case relation(MathRelation, MathQuantity)
    /// An answer that is only words, in lower case.
    case words([String])
}

/// How a difference stands to 0.
enum MathRelation: Sendable { case equal, unequal, below, atMost }

extension MathAnswer {
    /// The elements of a set, a list or a union; of another answer, the answer itself.
    private var elements: [MathAnswer] {
        switch self {
        case .set(let elements), .list(let elements): elements
        case .union(let parts):
            parts.flatMap { part in if case .set = part { part.elements } else { [part] } }
        default: [self]
        }
    }

    private var isUnion: Bool { if case .union = self { true } else { false } }

    /// Whether every expression in it can be computed.
    var isDefined: Bool {
        switch self {
        case .quantity(let quantity), .relation(_, let quantity): quantity.isDefined
        case .ordered(let parts, _, _), .set(let parts), .list(let parts), .union(let parts):
            parts.allSatisfy(\.isDefined)
        case .assignments(let values, _): values.values.allSatisfy(\.isDefined)
        case .matrix(let rows): rows.allSatisfy { $0.allSatisfy(\.isDefined) }
        case .words: true
        }
    }

    /// Whether two answers are the same, in either order.
    ///
    /// Sets have no order and hold a thing once; tuples have an order. A list without a bracket is
    /// a set beside a set and a tuple beside a tuple. A set of one is its element.
    func equals(_ other: MathAnswer, tolerance: Rational = Rational(0)) -> Bool {
        func same(_ a: [MathAnswer], _ b: [MathAnswer]) -> Bool {
            a.count == b.count
                && zip(a, b).allSatisfy { $0.equals($1, tolerance: tolerance) }
        }
        switch (self, other) {
        case (.quantity(let a), .quantity(let b)): return a.equals(b, tolerance: tolerance)
        case (.words(let a), .words(let b)): return a == b
        case (.words(let words), .quantity(let quantity)),
            (.quantity(let quantity), .words(let words)):
            // "\text{(B)}" is B.
            guard case .variable(let name) = quantity.expression else { return false }
            return words == [name.lowercased()]
        case (.ordered(let a, let open, let close), .ordered(let b, let otherOpen, let otherClose)):
            // Two ends make an interval, or a pair: [1, 2] is not (1, 2).
            return (a.count != 2 || open == otherOpen && close == otherClose) && same(a, b)
        case (.ordered(let a, _, _), .list(let b)), (.list(let a), .ordered(let b, _, _)):
            return same(a, b)
        case (.assignments(let a, _), .assignments(let b, _)):
            return a.count == b.count
                && a.allSatisfy { name, value in
                    b[name]?.equals(value, tolerance: tolerance) == true
                }
        case (.assignments(let a, let order), .list(let b)),
            (.list(let b), .assignments(let a, let order)),
            (.assignments(let a, let order), .ordered(let b, _, _)),
            (.ordered(let b, _, _), .assignments(let a, let order)):
            return same(order.compactMap { a[$0] }, b)
        case (.matrix(let a), .matrix(let b)):
            return a.map(\.count) == b.map(\.count)
                && zip(a.joined(), b.joined()).allSatisfy { $0.equals($1, tolerance: tolerance) }
        case (.relation(let a, let difference), .relation(let b, let otherDifference)):
            return a == b && difference.isProportional(to: otherDifference, positive: a.isOrder)
        case (.set, _), (_, .set), (.list, _), (_, .list), (.union, _), (_, .union):
            return holdsSame(as: other, tolerance: tolerance)
        default: return false
        }
    }

    private func holdsSame(as other: MathAnswer, tolerance: Rational) -> Bool {
        let (a, b) = (elements, other.elements)
        if isUnion || other.isUnion, let first = MathRealSet(a), let second = MathRealSet(b) {
            return first.equals(second, tolerance: tolerance)
        }
        func covers(_ some: [MathAnswer], _ all: [MathAnswer]) -> Bool {
            all.allSatisfy { one in some.contains { $0.equals(one, tolerance: tolerance) } }
        }
        return covers(a, b) && covers(b, a)
    }
}

extension MathRelation {
    /// Whether a negative factor turns the relation around.
    fileprivate var isOrder: Bool { self == .below || self == .atMost }
}

extension MathQuantity {
    /// Whether one is a constant multiple of the other: then they are 0 together.
    fileprivate func isProportional(to other: MathQuantity, positive: Bool) -> Bool {
        let places = (0..<MathExpression.places).filter { place in
            value(at: place) != nil && other.value(at: place) != nil
        }
        let start = places.first { place in
            value(at: place)?.isZero == false && other.value(at: place)?.isZero == false
        }
        guard places.count >= 3, let start, let a = value(at: start), let b = other.value(at: start)
        else { return false }
        if positive, a.divided(by: b)?.isNegative != false { return false }
        return places.allSatisfy { place in
            guard let left = value(at: place)?.times(b),
                let right = other.value(at: place)?.times(a)
            else { return false }
            return left.equals(right) == true
        }
    }
}

extension MathValue {
    /// Whether the value is, or may be, 0.
    fileprivate var isZero: Bool {
        switch self {
        case .exact(let value): value.isZero
        case .approximate(let value): value.isNearZero
        case .infinite: false
        }
    }
}
