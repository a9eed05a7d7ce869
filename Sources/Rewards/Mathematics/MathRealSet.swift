/// A set of real numbers as intervals that neither touch nor overlap, in rising order: so that
/// [0, 1] ∪ [1, 2] is [0, 2].
struct MathRealSet {
    struct Segment {
        var low: MathQuantity
        var holdsLow: Bool
        var high: MathQuantity
        var holdsHigh: Bool
    }

    private(set) var segments: [Segment] = []

    /// The set of intervals and numbers, or `nil` where something else is among them or their order
    /// cannot be told.
    init?(_ parts: [MathAnswer]) {
        var all: [Segment] = []
        for part in parts {
            guard let segment = Self.segment(part) else { return nil }
            if let segment = segment.filled { all.append(segment) }
        }
        // Insertion keeps the order without a comparison that cannot fail.
        for segment in all {
            guard let place = place(of: segment) else { return nil }
            segments.insert(segment, at: place)
        }
        guard merge() else { return nil }
    }

    func equals(_ other: MathRealSet, tolerance: Rational) -> Bool {
        segments.count == other.segments.count
            && zip(segments, other.segments).allSatisfy { a, b in
                a.holdsLow == b.holdsLow && a.holdsHigh == b.holdsHigh
                    && a.low.equals(b.low, tolerance: tolerance)
                    && a.high.equals(b.high, tolerance: tolerance)
            }
    }

    private static func segment(_ part: MathAnswer) -> Segment? {
        switch part {
        case .quantity(let value) where value.isConstant:
            Segment(low: value, holdsLow: true, high: value, holdsHigh: true)
        case .ordered(let ends, let open, let close) where ends.count == 2:
            if case .quantity(let low) = ends[0], case .quantity(let high) = ends[1],
                low.isConstant, high.isConstant
            {
                Segment(
                    low: low, holdsLow: open == "[", high: high, holdsHigh: close == "]")
            } else {
                nil
            }
        default: nil
        }
    }

    private func place(of segment: Segment) -> Int? {
        for (index, other) in segments.enumerated() {
            guard let order = order(segment.low, other.low) else { return nil }
            if order < 0 || order == 0 && segment.holdsLow { return index }
        }
        return segments.count
    }

    /// Joins what touches; `false` where that cannot be told.
    private mutating func merge() -> Bool {
        var merged: [Segment] = []
        for segment in segments {
            guard var last = merged.popLast() else {
                merged.append(segment)
                continue
            }
            guard let gap = order(segment.low, last.high),
                let reach = order(segment.high, last.high)
            else { return false }
            if gap > 0 || gap == 0 && !segment.holdsLow && !last.holdsHigh {
                merged += [last, segment]
                continue
            }
            if reach > 0 {
                (last.high, last.holdsHigh) = (segment.high, segment.holdsHigh)
            } else if reach == 0 {
                last.holdsHigh = last.holdsHigh || segment.holdsHigh
            }
            merged.append(last)
        }
        segments = merged
        return true
    }
}

extension MathRealSet.Segment {
    /// The segment, or `nil` where there is nothing in it.
    fileprivate var filled: Self? {
        guard let order = order(low, high) else { return self }
        return order < 0 || order == 0 && holdsLow && holdsHigh ? self : nil
    }
}

/// −1, 0 or 1 as the first number is below, equal to or above the second; `nil` where it is open.
private func order(_ a: MathQuantity, _ b: MathQuantity) -> Int? {
    guard let a = a.value(at: 0), let b = b.value(at: 0), let equal = a.equals(b) else {
        return nil
    }
    if equal { return 0 }
    if case .infinite(let isNegative) = a { return isNegative ? -1 : 1 }
    return a.plus(-b)?.isNegative.map { $0 ? -1 : 1 }
}
