import Foundation

/// Reads an answer from the parts of a text: lists, sets, tuples, intervals, equations, matrices.
struct MathReader {
    private static let deepest = 8
    private static let mostElements = 100

    let tokens: ArraySlice<MathToken>
    let depth: Int

    /// The answer that a text holds, all of it; `nil` where it holds none that can be read.
    static func answer(in text: String) -> MathAnswer? {
        var text = text.trimmingCharacters(in: decoration)[...]
        // ".5" is a number, "5." is the end of a sentence.
        while let last = text.last, ".,;:=".contains(last) { text = text.dropLast() }
        guard let tokens = MathLexer.tokens(of: String(text)) else { return nil }
        return MathReader(tokens: unboxed(tokens[...]), depth: 0).answer()
    }

    /// What may stand around an answer and says nothing.
    private static let decoration = CharacterSet.whitespacesAndNewlines
        .union(CharacterSet(charactersIn: "*`\"',;:="))

    /// Takes a box off that holds all of it.
    private static func unboxed(_ tokens: ArraySlice<MathToken>) -> ArraySlice<MathToken> {
        var tokens = tokens
        while tokens.first?.kind == .structure("group"),
            tokens.dropFirst().first?.isSymbol("{") == true,
            tokens.matchingBracket(from: tokens.startIndex + 1) == tokens.endIndex - 1
        {
            tokens = tokens.dropFirst(2).dropLast()
        }
        return tokens
    }

    func reader(_ tokens: ArraySlice<MathToken>) -> MathReader {
        MathReader(tokens: tokens, depth: depth + 1)
    }

    func answer() -> MathAnswer? {
        guard depth < Self.deepest, !tokens.isEmpty else { return nil }
        if tokens.allSatisfy(\.isWord) { return words }
        let elements = tokens.split { [",", ";", "and", "or"].contains(where: $0.isSymbol) }
        guard elements.count > 1 else { return elements.first.flatMap { reader($0).element() } }
        guard elements.count <= Self.mostElements else { return nil }
        return list(of: elements)
    }

    private var words: MathAnswer {
        .words(tokens.compactMap { if case .word(let word) = $0.kind { word } else { nil } })
    }

    /// Elements side by side: values of several variables, inequalities, or a list.
    private func list(of elements: [ArraySlice<MathToken>]) -> MathAnswer? {
        var read: [MathAnswer] = []
        var names: [String] = []
        var values: [String: MathAnswer] = [:]
        for element in elements {
            let reader = reader(element)
            guard let answer = reader.element() else { return nil }
            read.append(answer)
            if let name = reader.assignedName {
                names.append(name)
                values[name] = answer
            }
        }
        if names.count == read.count, values.count == names.count {
            return .assignments(values, order: names)
        }
        let isInequality = elements.allSatisfy { element in
            ["<", ">", "≤", "≥", "≠"].contains { symbol in element.contains { $0.isSymbol(symbol) }
            }
        }
        guard isInequality else { return .list(read.flatMap(\.alternatives)) }
        let isJoined = tokens.contains { $0.isSymbol("and") }
        return isJoined ? MathInterval.intersection(read) : .union(read)
    }

    // MARK: - One element

    /// One element: an equation, an inequality, or a value.
    func element() -> MathAnswer? {
        guard depth < Self.deepest else { return nil }
        if let membership = tokens.split(at: "∈") {
            guard membership.0.loneName != nil else { return nil }
            return reader(membership.1).element()
        }
        if let approximation = tokens.split(at: "≈") {
            // `x = 1/3 ≈ 0.33` is 1/3, `x ≈ 3.14` is 3.14.
            let isName = approximation.0.loneName != nil || approximation.0.allSatisfy(\.isWord)
            return reader(isName ? approximation.1 : approximation.0).element()
        }
        let sides = tokens.split { token in Self.relations.contains(where: token.isSymbol) }
        guard sides.count > 1 else { return union() }
        let symbols = tokens.topLevel { token in Self.relations.contains(where: token.isSymbol) }
            .compactMap { index in
                if case .symbol(let text) = tokens[index].kind { text } else { nil }
            }
        if symbols.allSatisfy({ $0 == "=" }) { return equation(sides) }
        return MathInterval.read(sides: sides, symbols: symbols)
    }

    private static let relations = ["=", "<", ">", "≤", "≥", "≠"]

    /// The variable of `x = 5`.
    var assignedName: String? {
        let sides = tokens.split { $0.isSymbol("=") }
        guard sides.count > 1, let first = sides.first, let last = sides.last else { return nil }
        return first.loneName ?? (sides.count == 2 ? last.loneName : nil)
    }

    /// `x = 5` is 5, and so are `5 = x` and `2 + 3 = 5`; another equation stands for itself.
    private func equation(_ sides: [ArraySlice<MathToken>]) -> MathAnswer? {
        guard let first = sides.first, let last = sides.last, !last.isEmpty else { return nil }
        if first.loneName != nil || first.allSatisfy(\.isWord) { return reader(last).union() }
        guard sides.count == 2 else { return reader(last).union() }
        if last.loneName != nil { return reader(first).union() }
        guard let left = MathParser.expression(first), let right = MathParser.expression(last)
        else {
            return nil
        }
        guard left.isVariable else {
            return right.isVariable ? relation(left, right) : reader(last).union()
        }
        return relation(left, right)
    }

    private func relation(_ left: MathExpression, _ right: MathExpression) -> MathAnswer {
        .relation(.equal, MathQuantity(.node(.sum, [left, .negative(right)])))
    }

    /// Sets joined by ∪, or one value.
    private func union() -> MathAnswer? {
        let parts = tokens.split { $0.isSymbol("∪") }
        guard parts.count > 1 else { return value() }
        guard parts.count <= Self.mostElements else { return nil }
        var read: [MathAnswer] = []
        for part in parts {
            guard let answer = reader(part).value() else { return nil }
            read.append(answer)
        }
        return .union(read)
    }
}

extension MathReader {
    // MARK: - One value

    private func value() -> MathAnswer? {
        guard let first = tokens.first else { return nil }
        if tokens.allSatisfy(\.isWord) { return words }
        if tokens.count == 1 {
            if first.isSymbol("∅") { return .set([]) }
            if first.isSymbol("ℝ") { return MathInterval.everything }
        }
        if first.kind == .structure("begin") { return MathMatrix.read(tokens) }
        return bracketed() ?? quantity()
    }

    /// A set, a tuple or an interval; `nil` where the brackets only group.
    private func bracketed() -> MathAnswer? {
        guard case .symbol(let open)? = tokens.first?.kind, ["(", "[", "{", "⟦"].contains(open),
            let end = tokens.matchingBracket(from: tokens.startIndex),
            tokens[(end + 1)...].allSatisfy(\.isWord),
            case .symbol(let close) = tokens[end].kind
        else { return nil }
        let inside = tokens[(tokens.startIndex + 1)..<end]
        if inside.isEmpty { return open == "⟦" || open == "{" ? .set([]) : nil }
        let parts = inside.split { [",", ";"].contains(where: $0.isSymbol) }
        guard parts.count > 1 || open == "⟦", parts.count <= Self.mostElements else { return nil }
        var read: [MathAnswer] = []
        for part in parts {
            guard let answer = reader(part).element() else { return nil }
            read.append(answer)
        }
        if open == "⟦" || open == "{" { return .set(read.flatMap(\.alternatives)) }
        return .ordered(read, open: open, close: close)
    }

    /// An expression, with the unit behind it left out; both values of one with ±.
    private func quantity() -> MathAnswer? {
        if let ratio = tokens.split(at: ":") {
            guard let left = MathParser.expression(ratio.0),
                let right = MathParser.expression(ratio.1)
            else { return nil }
            return .quantity(MathQuantity(.node(.quotient, [left, right])))
        }
        guard let (expression, count) = MathParser.prefix(tokens),
            Self.isUnit(tokens.dropFirst(count))
        else { return nil }
        guard expression.hasEitherSign else { return .quantity(MathQuantity(expression)) }
        return .list([
            .quantity(MathQuantity(expression.choosing(negative: false))),
            .quantity(MathQuantity(expression.choosing(negative: true))),
        ])
    }

    /// Whether what follows an expression is words, with powers and slashes between them: m/s^2.
    private static func isUnit(_ rest: ArraySlice<MathToken>) -> Bool {
        guard let first = rest.first else { return true }
        return first.isWord
            && rest.allSatisfy { token in
                token.isWord || token.isNumber
                    || ["^", "{", "}", "/", "*", "-"].contains(where: token.isSymbol)
            }
    }
}

extension MathAnswer {
    /// The two values of ±, each on its own; otherwise the answer itself.
    fileprivate var alternatives: [MathAnswer] {
        if case .list(let values) = self { values } else { [self] }
    }
}
