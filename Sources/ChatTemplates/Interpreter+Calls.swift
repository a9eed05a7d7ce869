/// Calls of macros, functions and methods.
extension Interpreter {
    static let globals: Set = ["range", "dict", "namespace", "raise_exception", "strftime_now"]

    func call(
        _ expression: Expression, _ scope: Scope, caller: Macro?
    ) throws(TemplateFailure) -> Value {
        guard case .call(let callee, let arguments) = expression.kind else {
            throw fail(.invalid("expected a call"))
        }
        let function = try evaluate(callee, scope)
        let values = try evaluate(arguments, scope)
        place = expression.place
        switch function {
        case .function(.macro(let macro)): return try call(macro, values, caller: caller)
        case .function(.global(let name)): return try checked(callGlobal(name, values))
        case .function(.method(let value, let name)):
            return try checked(
                valid { () throws(Invalid) in
                    try callMethod(name, of: value, values)
                })
        case .loop(let loop):
            guard let (statement, outer) = loop.recursion, values.positional.count == 1 else {
                throw fail(.invalid("only a recursive loop can be called, with one argument"))
            }
            loopLevel += 1
            defer { loopLevel -= 1 }
            var text = ""
            try run(statement, over: values.positional[0], outer, into: &text)
            return .string(text)
        default: throw invalid("expected a function", function)
        }
    }

    private func call(
        _ macro: Macro, _ arguments: CallArguments, caller: Macro?
    ) throws(TemplateFailure) -> Value {
        try deeper()
        defer { depth -= 1 }
        let scope = Scope(macro.scope)
        let names = macro.signature.parameters.map(\.name)
        let extra = arguments.positional.dropFirst(names.count)
        let unknown = arguments.named.filter { !names.contains($0.name) }
        guard extra.isEmpty || macro.signature.takesMore else {
            throw fail(
                .invalid("\(macro.name) takes \(names.count) arguments, found \(extra.count) more"))
        }
        if let first = unknown.first, !macro.signature.takesNamed {
            throw fail(.invalid("\(macro.name) has no argument \"\(first.name)\""))
        }
        scope.values["varargs"] = .tuple(Array(extra))
        var more = Mapping()
        for (name, value) in unknown { more.set(name, value) }
        scope.values["kwargs"] = .dictionary(more)
        scope.values["caller"] =
            caller.map { .function(.macro($0)) } ?? .undefined("no caller is defined")
        for (place, parameter) in macro.signature.parameters.enumerated() {
            let named = arguments.named.first { $0.name.isSame(parameter.name) }
            if place < arguments.positional.count {
                guard named == nil else {
                    throw fail(.invalid("\"\(parameter.name)\" is given twice"))
                }
                scope.values[parameter.name] = arguments.positional[place]
            } else if let named {
                scope.values[parameter.name] = named.value
            } else if let standard = parameter.standard {
                scope.values[parameter.name] = try evaluate(standard, scope)
            } else {
                scope.values[parameter.name] = .undefined(
                    "the argument \"\(parameter.name)\" of \(macro.name) was not given")
            }
        }
        return .string(try captured(macro.body, scope))
    }

    private func callGlobal(
        _ name: String, _ arguments: CallArguments
    ) throws(TemplateFailure) -> Value {
        switch name {
        case "range": return try range(arguments)
        case "dict", "namespace":
            let attributes = try mapping(arguments)
            if name == "dict" { return .dictionary(attributes) }
            for case .string(let key) in attributes.keys where key.hasPrefix("_") {
                throw fail(.invalid("the attribute \"\(key)\" begins with an underscore"))
            }
            let namespace = Namespace()
            namespace.attributes = attributes
            namespaces.append(namespace)
            return .namespace(namespace)
        case "raise_exception":
            let message = try valid { () throws(Invalid) in try arguments.bound(to: ["message"])[0]
            }
            throw fail(
                .raised(try message.map { (m) throws(TemplateFailure) in try string(m) } ?? ""))
        default:
            let format = try valid { () throws(Invalid) in try arguments.bound(to: ["format"])[0] }
            guard case .string(let text)? = format else {
                throw fail(.invalid("strftime_now takes a format"))
            }
            return .string(try valid { () throws(Invalid) in try date.formatted(text) })
        }
    }

    private func range(_ arguments: CallArguments) throws(TemplateFailure) -> Value {
        var numbers: [Int] = []
        for value in arguments.positional {
            guard let number = value.whole else {
                throw invalid("range takes whole numbers", value)
            }
            numbers.append(number)
        }
        guard (1...3).contains(numbers.count), arguments.named.isEmpty else {
            throw fail(.invalid("range takes 1 to 3 numbers"))
        }
        let (start, stop) = numbers.count == 1 ? (0, numbers[0]) : (numbers[0], numbers[1])
        let step = numbers.count == 3 ? numbers[2] : 1
        guard step != 0 else { throw fail(.invalid("a range with step 0")) }
        let distance = Double(stop) - Double(start)
        // jinja2's own limit (MAX_RANGE).
        guard distance / Double(step) <= 100_000 else {
            throw fail(.limit("a range has more than 100000 numbers"))
        }
        let elements = Array(stride(from: start, to: stop, by: step))
        try work(elements.count)
        return .sequence(.range, elements.map { .integer($0) })
    }

    private func mapping(_ arguments: CallArguments) throws(TemplateFailure) -> Mapping {
        var mapping = Mapping()
        guard arguments.positional.count <= 1 else {
            throw fail(.invalid("expected at most one argument"))
        }
        if let first = arguments.positional.first {
            if case .dictionary(let given) = first {
                mapping = given
                try work(given.count)
            } else {
                for pair in try elements(of: first) {
                    let pair = try elements(of: pair)
                    guard pair.count == 2 else { throw fail(.invalid("expected pairs")) }
                    mapping.set(pair[0], try hashed(pair[0]), pair[1])
                }
            }
        }
        for (name, value) in arguments.named { mapping.set(name, value) }
        return mapping
    }

    /// Runs what does not know its place.
    func valid<Result>(_ body: () throws(Invalid) -> Result) throws(TemplateFailure) -> Result {
        do {
            return try body()
        } catch {
            throw fail(.invalid(error.reason))
        }
    }
}
