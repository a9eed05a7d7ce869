/// Names, literals, and what follows them: attributes, subscripts, calls, filters and tests.
extension TemplateParser {
    mutating func primary() throws(TemplateFailure) -> Expression {
        let place = token.place
        switch token.kind {
        case .name(let name):
            index += 1
            switch name {
            case "true", "True": return try node(.bool(true), place)
            case "false", "False": return try node(.bool(false), place)
            case "none", "None": return try node(.none, place)
            default: return try node(.name(name), place)
            }
        case .string: return try node(.string(strings()), place)
        case .integer(let value):
            index += 1
            return try node(.integer(value), place)
        case .number(let value):
            index += 1
            return try node(.number(value), place)
        case .mark("("):
            index += 1
            try deeper()
            defer { nesting -= 1 }
            let value = try tuple(isInBrackets: true)
            try require(mark: ")")
            return value
        case .mark("["): return try list()
        case .mark("{"): return try dictionary()
        default: throw expected("an expression")
        }
    }

    /// Strings beside each other are one.
    private mutating func strings() -> String {
        var text = ""
        while case .string(let piece) = token.kind {
            text += piece
            index += 1
        }
        return text
    }

    private mutating func list() throws(TemplateFailure) -> Expression {
        let place = token.place
        index += 1
        var elements: [Expression] = []
        while !isNext(mark: "]") {
            if !elements.isEmpty { try require(mark: ",") }
            if isNext(mark: "]") { break }
            elements.append(try expression())
        }
        index += 1
        return try node(.list(elements), place, elements)
    }

    private mutating func dictionary() throws(TemplateFailure) -> Expression {
        let place = token.place
        index += 1
        var members: [(key: Expression, value: Expression)] = []
        while !isNext(mark: "}") {
            if !members.isEmpty { try require(mark: ",") }
            if isNext(mark: "}") { break }
            let key = try expression()
            try require(mark: ":")
            members.append((key, try expression()))
        }
        index += 1
        return try node(.dictionary(members), place, members.flatMap { [$0.key, $0.value] })
    }

    mutating func postfix(_ start: Expression) throws(TemplateFailure) -> Expression {
        var value = start
        while true {
            let place = token.place
            if skip(mark: ".") {
                value = try attribute(of: value, place)
            } else if skip(mark: "[") {
                value = try element(of: value, place)
                try require(mark: "]")
            } else if isNext(mark: "(") {
                value = try call(value, place)
            } else {
                return value
            }
        }
    }

    private mutating func attribute(
        of value: Expression, _ place: Int
    ) throws(TemplateFailure) -> Expression {
        if case .integer(let number) = token.kind {
            index += 1
            return try node(.element(value, node(.integer(number), place)), place, [value])
        }
        return try node(.attribute(value, try name()), place, [value])
    }

    private mutating func element(
        of value: Expression, _ place: Int
    ) throws(TemplateFailure) -> Expression {
        var parts: [Expression?] = [isNext(mark: ":") ? nil : try expression()]
        if let key = parts[0], !isNext(mark: ":") {
            var keys = [key]
            while skip(mark: ",") { keys.append(try expression()) }
            let whole = keys.count == 1 ? key : try node(.tuple(keys), place, keys)
            return try node(.element(value, whole), place, [value, whole])
        }
        while parts.count < 3, skip(mark: ":") {
            parts.append(isNext(mark: ":") || isNext(mark: "]") ? nil : try expression())
        }
        let (stop, step) = (parts[1], parts.count > 2 ? parts[2] : nil)
        return try node(
            .slice(value, start: parts[0], stop: stop, step: step), place,
            [value] + parts.compactMap(\.self))
    }

    private mutating func call(
        _ value: Expression, _ place: Int
    ) throws(TemplateFailure) -> Expression {
        let arguments = try arguments()
        return try node(.call(value, arguments), place, [value] + arguments.all)
    }

    mutating func arguments() throws(TemplateFailure) -> Arguments {
        try require(mark: "(")
        var arguments = Arguments()
        while !isNext(mark: ")") {
            if !arguments.all.isEmpty { try require(mark: ",") }
            if isNext(mark: ")") { break }
            if case .name(let name) = token.kind, tokens[index + 1].kind == .mark("=") {
                index += 2
                guard !arguments.named.contains(where: { $0.name.isSame(name) }) else {
                    throw expected("each argument once")
                }
                arguments.named.append((name, try expression()))
            } else {
                guard arguments.named.isEmpty else {
                    throw expected("a named argument, as the one before is")
                }
                arguments.positional.append(try expression())
            }
        }
        index += 1
        return arguments
    }

    mutating func filters(_ start: Expression) throws(TemplateFailure) -> Expression {
        var value = start
        while true {
            let place = token.place
            if skip(mark: "|") {
                let name = try filterName()
                let arguments = isNext(mark: "(") ? try arguments() : Arguments()
                value = try node(
                    .filter(value, name, arguments), place, [value] + arguments.all)
            } else if skip(name: "is") {
                value = try test(value, place)
            } else if isNext(mark: "(") {
                value = try call(value, place)
            } else {
                return value
            }
        }
    }

    mutating func filterName() throws(TemplateFailure) -> String {
        let place = token.place
        let name = try name()
        guard Filters.known[name] != nil else {
            throw TemplateFailure(
                place,
                .unsupported("the filter \"\(name)\"", supported: Filters.known.keys.sorted()))
        }
        return name
    }

    private mutating func test(
        _ value: Expression, _ place: Int
    ) throws(TemplateFailure) -> Expression {
        let isNegated = skip(name: "not")
        let namePlace = token.place
        let name = try name()
        guard Tests.known[name] != nil else {
            throw TemplateFailure(
                namePlace,
                .unsupported("the test \"\(name)\"", supported: Tests.known.keys.sorted()))
        }
        var arguments = Arguments()
        if isNext(mark: "(") {
            arguments = try self.arguments()
        } else if isStartOfArgument {
            arguments.positional = [try postfix(try primary())]
        }
        let test = try node(.test(value, name, arguments), place, [value] + arguments.all)
        return isNegated ? try node(.not(test), place, [test]) : test
    }

    private var isStartOfArgument: Bool {
        switch token.kind {
        case .name(let name): !["else", "or", "and", "is", "in", "not", "if"].contains(name)
        case .string, .integer, .number, .mark("["), .mark("{"): true
        default: false
        }
    }
}
