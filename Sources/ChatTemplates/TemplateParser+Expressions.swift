/// Expressions, from the loosest to the tightest binding.
extension TemplateParser {
    /// An expression, or several with commas between them, which make a tuple.
    mutating func tuple(
        allowsConditional: Bool = true, ends: [String] = [], isInBrackets: Bool = false
    ) throws(TemplateFailure) -> Expression {
        let place = token.place
        var elements: [Expression] = []
        var isTuple = false
        while true {
            if !elements.isEmpty, !skip(mark: ",") { break }
            if !elements.isEmpty { isTuple = true }
            if isEndOfTuple(ends) { break }
            elements.append(try allowsConditional ? expression() : binary(0))
        }
        if !isTuple, let only = elements.first { return only }
        guard isTuple || isInBrackets else { throw expected("an expression") }
        return try node(.tuple(elements), place, elements)
    }

    private func isEndOfTuple(_ ends: [String]) -> Bool {
        switch token.kind {
        case .variableEnd, .blockEnd, .mark(")"): true
        case .name(let name): ends.contains(name)
        default: false
        }
    }

    /// An expression with `a if b else c`.
    mutating func expression() throws(TemplateFailure) -> Expression {
        try deeper()
        defer { nesting -= 1 }
        var value = try binary(0)
        while isNext(name: "if") {
            let place = token.place
            index += 1
            let condition = try binary(0)
            let otherwise = skip(name: "else") ? try expression() : nil
            value = try node(
                .conditional(condition: condition, then: value, otherwise: otherwise), place,
                [condition, value] + (otherwise.map { [$0] } ?? []))
        }
        return value
    }

    /// Binary operators by level: or, and, not, comparisons, + -, ~, * / // %, **.
    mutating func binary(_ level: Int) throws(TemplateFailure) -> Expression {
        switch level {
        case 2:
            let place = token.place
            guard skip(name: "not") else { return try comparison() }
            try deeper()
            defer { nesting -= 1 }
            let value = try binary(2)
            return try node(.not(value), place, [value])
        case 4: return try concatenation()
        case 7: return try unary(withFilters: true)
        default: break
        }
        var left = try binary(level + 1)
        while let operation = nextOperation(level) {
            let place = token.place
            index += 1
            let right = try binary(level + 1)
            let kind: Expression.Kind =
                switch operation {
                case "or": .or(left, right)
                case "and": .and(left, right)
                default: .arithmetic(operation, left, right)
                }
            left = try node(kind, place, [left, right])
        }
        return left
    }

    private func nextOperation(_ level: Int) -> String? {
        let names = level == 0 ? ["or"] : level == 1 ? ["and"] : []
        let marks = [3: ["+", "-"], 5: ["*", "/", "//", "%"], 6: ["**"]][level] ?? []
        switch token.kind {
        case .name(let name): return names.contains(name) ? name : nil
        case .mark(let mark): return marks.contains(mark) ? mark : nil
        default: return nil
        }
    }

    private mutating func comparison() throws(TemplateFailure) -> Expression {
        let place = token.place
        let first = try binary(3)
        var rest: [(operation: String, value: Expression)] = []
        while let operation = skipComparison() { rest.append((operation, try binary(3))) }
        guard !rest.isEmpty else { return first }
        return try node(.comparison(first, rest), place, [first] + rest.map(\.value))
    }

    private mutating func skipComparison() -> String? {
        switch token.kind {
        case .mark(let mark) where ["==", "!=", "<", "<=", ">", ">="].contains(mark):
            index += 1
            return mark
        case .name("in"):
            index += 1
            return "in"
        case .name("not") where tokens[index + 1].kind == .name("in"):
            index += 2
            return "not in"
        default: return nil
        }
    }

    private mutating func concatenation() throws(TemplateFailure) -> Expression {
        let place = token.place
        var pieces = [try binary(5)]
        while skip(mark: "~") { pieces.append(try binary(5)) }
        return pieces.count == 1 ? pieces[0] : try node(.concatenation(pieces), place, pieces)
    }

    private mutating func unary(withFilters: Bool) throws(TemplateFailure) -> Expression {
        try deeper()
        defer { nesting -= 1 }
        let place = token.place
        var value: Expression
        if skip(mark: "-") {
            let inner = try unary(withFilters: false)
            value = try node(.negate(inner), place, [inner])
        } else if skip(mark: "+") {
            let inner = try unary(withFilters: false)
            value = try node(.plus(inner), place, [inner])
        } else {
            value = try primary()
        }
        value = try postfix(value)
        return withFilters ? try filters(value) : value
    }

    /// A node whose depth is bounded.
    func node(
        _ kind: Expression.Kind, _ place: Int, _ children: [Expression] = []
    ) throws(TemplateFailure) -> Expression {
        let depth = (children.lazy.map(\.depth).max() ?? 0) + 1
        guard depth <= Self.maxDepth else {
            throw TemplateFailure(
                place, .limit("an expression nests more than \(Self.maxDepth) levels deep"))
        }
        return Expression(kind: kind, place: place, depth: depth)
    }
}
