/// Values of expressions.
extension Interpreter {
    func evaluate(_ expression: Expression, _ scope: Scope) throws(TemplateFailure) -> Value {
        try deeper()
        defer { depth -= 1 }
        place = expression.place
        try work(1)
        switch expression.kind {
        case .none: return .none
        case .bool(let value): return .bool(value)
        case .integer(let value): return .integer(value)
        case .number(let value): return .number(value)
        case .string(let value): return .string(value)
        case .name(let name): return variable(name, scope)
        case .not(let value): return .bool(!(try evaluate(value, scope).isTrue))
        case .and(let left, let right):
            let value = try evaluate(left, scope)
            return value.isTrue ? try evaluate(right, scope) : value
        case .or(let left, let right):
            let value = try evaluate(left, scope)
            return value.isTrue ? value : try evaluate(right, scope)
        case .conditional(let condition, let then, let otherwise):
            if try evaluate(condition, scope).isTrue { return try evaluate(then, scope) }
            guard let otherwise else {
                return .undefined("the condition is false, and there is no else")
            }
            return try evaluate(otherwise, scope)
        case .call: return try call(expression, scope, caller: nil)
        default: return try composite(expression, scope)
        }
    }

    /// A value made from other values.
    private func composite(
        _ expression: Expression, _ scope: Scope
    ) throws(TemplateFailure) -> Value {
        switch expression.kind {
        case .list(let elements): return .list(try evaluate(elements, scope))
        case .tuple(let elements): return .tuple(try evaluate(elements, scope))
        case .dictionary(let members): return try dictionary(members, scope)
        case .attribute(let value, let name):
            let value = try evaluate(value, scope)
            place = expression.place
            return try attribute(name, of: value)
        case .element(let value, let key):
            let (value, key) = (try evaluate(value, scope), try evaluate(key, scope))
            place = expression.place
            return try element(key, of: value)
        case .slice(let value, let start, let stop, let step):
            let value = try evaluate(value, scope)
            var bounds: [Value] = []
            for bound in [start, stop, step] {
                bounds.append(
                    try bound.map { (b) throws(TemplateFailure) in try evaluate(b, scope) } ?? .none
                )
            }
            place = expression.place
            return try slice(value, bounds)
        case .filter(let value, let name, let arguments):
            let value = try evaluate(value, scope)
            let arguments = try evaluate(arguments, scope)
            place = expression.place
            return try apply(name, to: value, arguments)
        case .test(let value, let name, let arguments):
            let value = try evaluate(value, scope)
            let arguments = try evaluate(arguments, scope)
            place = expression.place
            return .bool(try test(name, value, arguments))
        default: return try operation(expression, scope)
        }
    }

    private func operation(
        _ expression: Expression, _ scope: Scope
    ) throws(TemplateFailure) -> Value {
        switch expression.kind {
        case .negate(let value):
            let value = try evaluate(value, scope)
            place = expression.place
            return try negated(value)
        case .plus(let value):
            let value = try evaluate(value, scope)
            place = expression.place
            guard value.double != nil else { throw invalid("\"+\" takes a number", value) }
            return value.whole.map { .integer($0) } ?? value
        case .arithmetic(let operation, let left, let right):
            let (left, right) = (try evaluate(left, scope), try evaluate(right, scope))
            place = expression.place
            return try arithmetic(operation, left, right)
        case .concatenation(let pieces):
            var text = ""
            for piece in pieces {
                let value = try evaluate(piece, scope)
                place = expression.place
                try write(string(value), into: &text)
            }
            return .string(text)
        case .comparison(let first, let rest):
            var left = try evaluate(first, scope)
            for (operation, expression) in rest {
                let right = try evaluate(expression, scope)
                place = expression.place
                guard try compare(operation, left, right) else { return .bool(false) }
                left = right
            }
            return .bool(true)
        default: throw fail(.invalid("an expression that is no value"))
        }
    }

    func variable(_ name: String, _ scope: Scope) -> Value {
        if let value = scope[name] { return value }
        return Self.globals.contains(name)
            ? .function(.global(name)) : .undefined("\"\(name)\" is undefined")
    }

    func evaluate(
        _ expressions: [Expression], _ scope: Scope
    ) throws(TemplateFailure) -> [Value] {
        var values: [Value] = []
        for expression in expressions { values.append(try evaluate(expression, scope)) }
        return values
    }

    func evaluate(
        _ arguments: Arguments, _ scope: Scope
    ) throws(TemplateFailure) -> CallArguments {
        var result = CallArguments(positional: try evaluate(arguments.positional, scope))
        for (name, value) in arguments.named {
            result.named.append((name, try evaluate(value, scope)))
        }
        return result
    }

    private func dictionary(
        _ members: [(key: Expression, value: Expression)], _ scope: Scope
    ) throws(TemplateFailure) -> Value {
        var mapping = Mapping()
        for (key, value) in members {
            let key = try evaluate(key, scope)
            mapping.set(key, try hashed(key), try evaluate(value, scope))
        }
        return .dictionary(mapping)
    }

    /// The key of a value, or the error that it has none.
    func hashed(_ value: Value) throws(TemplateFailure) -> Key {
        try work(value.weight)
        guard let key = Key(value) else { throw invalid("expected a key of a dictionary", value) }
        return key
    }

    /// An error that says what was found; for an undefined value, why it is undefined.
    func invalid(_ expected: String, _ found: Value) -> TemplateFailure {
        if case .undefined(let reason) = found { return fail(.undefined(reason)) }
        return fail(.invalid("\(expected), found \(found.typeName)"))
    }
}
