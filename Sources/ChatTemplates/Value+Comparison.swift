/// Python's `==` and `<`.
extension Value {
    func isEqual(_ other: Value) -> Bool {
        switch (self, other) {
        case (.undefined, .undefined), (.none, .none): true
        case (.string(let left), .string(let right)): left.isSame(right)
        case (.sequence(let left), .sequence(let right)):
            Self.isSameKind(left.kind, right.kind) && left.elements.count == right.elements.count
                && zip(left.elements, right.elements).allSatisfy { $0.isEqual($1) }
        case (.dictionary(let left), .dictionary(let right)):
            left.count == right.count
                && zip(left.keys, left.values).allSatisfy { key, value in
                    Key(key).flatMap { right[$0] }.map { $0.isEqual(value) } ?? false
                }
        case (.namespace(let left), .namespace(let right)): left === right
        default: areEqualNumbers(self, other)
        }
    }

    private func areEqualNumbers(_ left: Value, _ right: Value) -> Bool {
        if let left = left.whole, let right = right.whole { return left == right }
        guard let left = left.double, let right = right.double else { return false }
        return left == right
    }

    private static func isSameKind(_ left: Sequence.Kind, _ right: Sequence.Kind) -> Bool {
        switch (left, right) {
        case (.list, .list), (.tuple, .tuple), (.range, .range): true
        default: false
        }
    }

    /// Whether one comes before the other, or nil where they have no order.
    func isLess(than other: Value) -> Bool? {
        switch (self, other) {
        case (.string(let left), .string(let right)): return left.isBefore(right)
        case (.sequence(let left), .sequence(let right)):
            guard Self.isSameKind(left.kind, right.kind) else { return nil }
            for (first, second) in zip(left.elements, right.elements)
            where !first.isEqual(second) {
                return first.isLess(than: second)
            }
            return left.elements.count < right.elements.count
        default:
            if let left = whole, let right = other.whole { return left < right }
            guard let left = double, let right = other.double else { return nil }
            return left < right
        }
    }

    /// A whole number; Python's bools are.
    var whole: Int? {
        switch self {
        case .bool(let value): value ? 1 : 0
        case .integer(let value): value
        default: nil
        }
    }

    var double: Double? {
        if case .number(let value) = self { return value }
        return whole.map(Double.init)
    }
}
