/// What stands in `{% %}`.
extension TemplateParser {
    private static let known = [
        "if", "for", "set", "macro", "call", "filter", "with", "generation", "break", "continue",
        "raw",
    ]

    mutating func statement() throws(TemplateFailure) -> Statement {
        let place = token.place
        let kind: Statement.Kind
        switch try name() {
        case "if": kind = try conditional()
        case "for": kind = try loop()
        case "set": kind = try assignment()
        case "macro": kind = try macro()
        case "call": kind = try callBlock()
        case "filter": kind = try filterBlock()
        case "with": kind = try with()
        case "generation":
            let (statements, _) = try body(until: "endgeneration")
            kind = .generation(statements)
        case "break": kind = try jump(.breakLoop, place)
        case "continue": kind = try jump(.continueLoop, place)
        case let word:
            throw TemplateFailure(
                place, .unsupported("the statement \"\(word)\"", supported: Self.known))
        }
        try endOfBlock()
        return Statement(kind: kind, place: place)
    }

    private func jump(
        _ kind: Statement.Kind, _ place: Int
    ) throws(TemplateFailure) -> Statement.Kind {
        guard loops > 0 else {
            throw TemplateFailure(
                place, .syntax(expected: "break and continue inside a loop", found: "none"))
        }
        return kind
    }

    private mutating func conditional() throws(TemplateFailure) -> Statement.Kind {
        var branches: [(condition: Expression, body: [Statement])] = []
        while true {
            let condition = try tuple(allowsConditional: false)
            let (statements, end) = try body(until: "elif", "else", "endif")
            branches.append((condition, statements))
            if end == "elif" { continue }
            guard end == "else" else {
                return .conditional(branches: branches, otherwise: [])
            }
            let (otherwise, _) = try body(until: "endif")
            return .conditional(branches: branches, otherwise: otherwise)
        }
    }

    private mutating func loop() throws(TemplateFailure) -> Statement.Kind {
        let target = try target()
        guard skip(name: "in") else { throw expected("\"in\"") }
        let elements = try tuple(allowsConditional: false, ends: ["recursive"])
        let condition = skip(name: "if") ? try expression() : nil
        let isRecursive = skip(name: "recursive")
        loops += 1
        let (statements, end) = try body(until: "endfor", "else")
        loops -= 1
        let otherwise = end == "else" ? try body(until: "endfor").0 : []
        return .loop(
            Loop(
                target: target, elements: elements, condition: condition, body: statements,
                otherwise: otherwise, isRecursive: isRecursive))
    }

    /// One name, or several with commas between them.
    private mutating func target() throws(TemplateFailure) -> Target {
        try deeper()
        defer { nesting -= 1 }
        var targets: [Target] = []
        var isTuple = false
        repeat {
            if isNext(name: "in") || isNext(mark: "=") || isNext(mark: ")") { break }
            if skip(mark: "(") {
                targets.append(try target())
                try require(mark: ")")
            } else {
                targets.append(.name(try assignableName()))
            }
            if isNext(mark: ",") { isTuple = true }
        } while skip(mark: ",")
        guard let first = targets.first else { throw expected("a name") }
        return isTuple ? .tuple(targets) : first
    }

    private mutating func assignableName() throws(TemplateFailure) -> String {
        let reserved = ["true", "false", "none", "True", "False", "None"]
        guard case .name(let name) = token.kind, !reserved.contains(name) else {
            throw expected("a name to assign to")
        }
        index += 1
        return name
    }

    private mutating func assignment() throws(TemplateFailure) -> Statement.Kind {
        let target: Target
        if case .name(let name) = token.kind, tokens[index + 1].kind == .mark(".") {
            index += 2
            target = .attribute(name, try self.name())
        } else {
            target = try self.target()
        }
        if skip(mark: "=") { return .assign(target, try tuple()) }
        let filters = isNext(mark: "|") ? try filterCalls() : []
        let (statements, _) = try body(until: "endset")
        return .capture(target, filters: filters, body: statements)
    }

    private mutating func filterCalls() throws(TemplateFailure) -> [FilterCall] {
        var calls: [FilterCall] = []
        while skip(mark: "|") || calls.isEmpty {
            let place = token.place
            let name = try filterName()
            let arguments = isNext(mark: "(") ? try arguments() : Arguments()
            calls.append(FilterCall(name: name, arguments: arguments, place: place))
        }
        return calls
    }

    private mutating func filterBlock() throws(TemplateFailure) -> Statement.Kind {
        let calls = try filterCalls()
        let (statements, _) = try body(until: "endfilter")
        return .filter(calls, body: statements)
    }

    private mutating func signature() throws(TemplateFailure) -> Signature {
        var signature = Signature()
        try require(mark: "(")
        while !isNext(mark: ")") {
            if !signature.parameters.isEmpty { try require(mark: ",") }
            let name = try assignableName()
            let standard = skip(mark: "=") ? try expression() : nil
            if standard == nil, signature.parameters.last?.standard != nil {
                throw expected("a default value, as the parameters before have one")
            }
            signature.parameters.append((name, standard))
        }
        index += 1
        return signature
    }

    private mutating func macro() throws(TemplateFailure) -> Statement.Kind {
        let name = try assignableName()
        var signature = try signature()
        let body = try isolatedBody(until: "endmacro", &signature)
        return .macro(name: name, signature, body: body)
    }

    private mutating func callBlock() throws(TemplateFailure) -> Statement.Kind {
        var signature = isNext(mark: "(") ? try signature() : Signature()
        let call = try expression()
        guard case .call = call.kind else { throw expected("the call of a macro") }
        let body = try isolatedBody(until: "endcall", &signature)
        return .call(signature, call, body: body)
    }

    /// A body that is a function of its own, which `break` cannot leave.
    private mutating func isolatedBody(
        until end: String, _ signature: inout Signature
    ) throws(TemplateFailure) -> [Statement] {
        let start = index
        let outer = loops
        loops = 0
        defer { loops = outer }
        let statements = try body(until: end).0
        let words = tokens[start..<index].lazy.map(\.kind)
        signature.takesMore = words.contains(.name("varargs"))
        signature.takesNamed = words.contains(.name("kwargs"))
        return statements
    }

    private mutating func with() throws(TemplateFailure) -> Statement.Kind {
        var values: [(target: Target, value: Expression)] = []
        while token.kind != .blockEnd {
            if !values.isEmpty { try require(mark: ",") }
            let target = Target.name(try assignableName())
            try require(mark: "=")
            values.append((target, try expression()))
        }
        return .with(values, body: try body(until: "endwith").0)
    }
}
