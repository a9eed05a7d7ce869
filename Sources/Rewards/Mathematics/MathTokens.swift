extension ArraySlice<MathToken> {
    private static var opening: [String] { ["(", "[", "{", "⟦", "⌊", "⌈"] }
    private static var closing: [String] { [")", "]", "}", "⟧", "⌋", "⌉"] }

    /// How a part changes the depth of brackets; intervals may mix them.
    private static func change(_ token: MathToken) -> Int {
        switch token.kind {
        case .structure("begin"): 1
        case .structure("end"): -1
        case .symbol(let symbol): opening.contains(symbol) ? 1 : closing.contains(symbol) ? -1 : 0
        default: 0
        }
    }

    /// The places outside of all brackets at which a condition holds.
    func topLevel(where matches: (MathToken) -> Bool) -> [Int] {
        var depth = 0
        return indices.filter { index in
            depth += Self.change(self[index])
            return depth == 0 && matches(self[index])
        }
    }

    /// The parts between separators outside of all brackets, without empty ones.
    func split(where isSeparator: (MathToken) -> Bool) -> [ArraySlice<MathToken>] {
        var parts: [ArraySlice<MathToken>] = []
        var start = startIndex
        for index in topLevel(where: isSeparator) + [endIndex] {
            if start < index { parts.append(self[start..<index]) }
            start = index + 1
        }
        return parts
    }

    /// The two sides of a symbol that stands once outside of all brackets.
    func split(at symbol: String) -> (ArraySlice<MathToken>, ArraySlice<MathToken>)? {
        let places = topLevel { $0.isSymbol(symbol) }
        guard places.count == 1, let place = places.first else { return nil }
        return (self[startIndex..<place], self[(place + 1)...])
    }

    /// The place of the bracket that closes the one at `start`.
    func matchingBracket(from start: Int) -> Int? {
        var depth = 0
        for index in start..<endIndex {
            depth += Self.change(self[index])
            if depth == 0 { return index }
        }
        return nil
    }

    /// The name that this is, and nothing else: `x`, `x_1`, `f(x)`.
    var loneName: String? {
        guard case .letter(let name)? = first?.kind else { return nil }
        let rest = dropFirst()
        if rest.isEmpty { return name }
        if rest.first?.isSymbol("_") == true {
            guard case .variable(let name)? = MathParser.expression(self) else { return nil }
            return name
        }
        guard rest.count == 3, rest.first?.isSymbol("(") == true, rest.last?.isSymbol(")") == true,
            case .letter(let argument) = rest[rest.startIndex + 1].kind
        else { return nil }
        return "\(name)(\(argument))"
    }
}
