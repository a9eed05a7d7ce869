/// Inequalities as the intervals that they are.
enum MathInterval {
    private static let infinity = MathAnswer.quantity(MathQuantity(.constant(.infinity)))
    private static let minusInfinity = MathAnswer.quantity(
        MathQuantity(.negative(.constant(.infinity))))

    /// ℝ.
    static let everything = MathAnswer.ordered([minusInfinity, infinity], open: "(", close: ")")

    /// `x > 2`, `2 < x`, `1 < x ≤ 2` and `x ≠ 3` for a variable between constants; an inequality
    /// of other sides stands for itself.
    static func read(sides: [ArraySlice<MathToken>], symbols: [String]) -> MathAnswer? {
        guard sides.count == symbols.count + 1 else { return nil }
        if sides.count == 3, sides[1].loneName != nil, let low = constant(sides[0]),
            let high = constant(sides[2])
        {
            let rising = symbols.allSatisfy { $0 == "<" || $0 == "≤" }
            guard rising || symbols.allSatisfy({ $0 == ">" || $0 == "≥" }) else { return nil }
            return rising
                ? interval(low, symbols[0] == "≤", high, symbols[1] == "≤")
                : interval(high, symbols[1] == "≥", low, symbols[0] == "≥")
        }
        guard sides.count == 2 else { return nil }
        if sides[0].loneName != nil, let end = constant(sides[1]) { return half(symbols[0], end) }
        if sides[1].loneName != nil, let end = constant(sides[0]) {
            return half(turned[symbols[0]] ?? symbols[0], end)
        }
        return relation(sides[0], symbols[0], sides[1])
    }

    private static let turned = ["<": ">", ">": "<", "≤": "≥", "≥": "≤"]

    private static func half(_ symbol: String, _ end: MathAnswer) -> MathAnswer {
        switch symbol {
        case "<", "≤": interval(minusInfinity, false, end, symbol == "≤")
        case ">", "≥": interval(end, symbol == "≥", infinity, false)
        default:
            .union([
                interval(minusInfinity, false, end, false), interval(end, false, infinity, false),
            ])
        }
    }

    private static func interval(
        _ low: MathAnswer, _ holdsLow: Bool, _ high: MathAnswer, _ holdsHigh: Bool
    ) -> MathAnswer {
        .ordered([low, high], open: holdsLow ? "[" : "(", close: holdsHigh ? "]" : ")")
    }

    private static func constant(_ tokens: ArraySlice<MathToken>) -> MathAnswer? {
        guard let expression = MathParser.expression(tokens), !expression.isVariable,
            !expression.hasEitherSign
        else { return nil }
        return .quantity(MathQuantity(expression))
    }

    private static func relation(
        _ left: ArraySlice<MathToken>, _ symbol: String, _ right: ArraySlice<MathToken>
    ) -> MathAnswer? {
        guard let left = MathParser.expression(left), let right = MathParser.expression(right),
            left.isVariable || right.isVariable
        else { return nil }
        let isTurned = symbol == ">" || symbol == "≥"
        let difference = MathExpression.node(
            .sum, isTurned ? [right, .negative(left)] : [left, .negative(right)])
        let relation: MathRelation =
            switch symbol {
            case "≠": .unequal
            case "≤", "≥": .atMost
            default: .below
            }
        return .relation(relation, MathQuantity(difference))
    }

    /// What `x > 1 and x < 5` leaves: a lower half line and an upper one.
    static func intersection(_ parts: [MathAnswer]) -> MathAnswer? {
        guard parts.count == 2 else { return nil }
        for (first, second) in [(parts[0], parts[1]), (parts[1], parts[0])] {
            if case .ordered(let above, let open, _) = first, above.count == 2,
                case .ordered(let below, _, let close) = second, below.count == 2,
                above[1].equals(infinity), below[0].equals(minusInfinity)
            {
                return .ordered([above[0], below[1]], open: open, close: close)
            }
        }
        return nil
    }
}

/// Matrices: `\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}`.
enum MathMatrix {
    static func read(_ tokens: ArraySlice<MathToken>) -> MathAnswer? {
        guard let end = tokens.matchingBracket(from: tokens.startIndex),
            let body = named(tokens[(tokens.startIndex + 1)..<end]),
            named(tokens[(end + 1)...])?.isEmpty == true
        else { return nil }
        var rows: [[MathQuantity]] = []
        for row in body.split(where: { $0.isSymbol("\\\\") }) {
            var quantities: [MathQuantity] = []
            for cell in row.split(where: { $0.isSymbol("&") }) {
                guard let expression = MathParser.expression(cell) else { return nil }
                quantities.append(MathQuantity(expression))
            }
            rows.append(quantities)
        }
        guard let width = rows.first?.count, rows.allSatisfy({ $0.count == width }) else {
            return nil
        }
        return .matrix(rows)
    }

    /// What follows the name of the environment, which must be a matrix.
    private static func named(_ tokens: ArraySlice<MathToken>) -> ArraySlice<MathToken>? {
        guard tokens.first?.isSymbol("{") == true,
            let end = tokens.matchingBracket(from: tokens.startIndex),
            let name = tokens[(tokens.startIndex + 1)..<end].last,
            name.kind == .word("matrix") || name.kind == .word("pmatrix")
                || name.kind == .word("bmatrix")
        else { return nil }
        return tokens[(end + 1)...]
    }
}
