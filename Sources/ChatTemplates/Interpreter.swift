/// Runs a template's statements.
final class Interpreter {
    /// What a statement makes of the loop around it.
    enum Flow { case next, breakLoop, continueLoop }

    let limits: TemplateLimits
    let date: TemplateDate
    var steps = 0
    var depth = 0
    /// Calls of recursive loops around the statement.
    var loopLevel = 0
    /// The node that is evaluated, for errors.
    var place = 0
    /// What may hold itself, emptied at the end.
    var namespaces: [Namespace] = []
    var macros: [Macro] = []

    init(limits: TemplateLimits, date: TemplateDate) {
        self.limits = limits
        self.date = date
    }

    deinit {
        // One by one: freeing a long chain at once would overflow the stack.
        for namespace in namespaces { namespace.attributes = Mapping() }
        for macro in macros { macro.scope = nil }
    }

    func fail(_ problem: ChatTemplateError.Problem) -> TemplateFailure {
        TemplateFailure(place, problem)
    }

    /// Counts work, so that rendering ends.
    func work(_ amount: Int) throws(TemplateFailure) {
        steps = steps.adding(amount)
        guard steps <= limits.steps else {
            throw fail(.limit("rendering takes more than \(limits.steps) steps"))
        }
    }

    func deeper() throws(TemplateFailure) {
        depth += 1
        guard depth <= limits.depth else {
            throw fail(.limit("rendering nests more than \(limits.depth) levels deep"))
        }
    }

    /// Values inside each other are bounded too, as freeing and comparing them is recursive.
    func checked(_ value: Value) throws(TemplateFailure) -> Value {
        guard value.depth <= TemplateParser.maxDepth + 60 else {
            throw fail(
                .limit("a value nests more than \(TemplateParser.maxDepth + 60) levels deep"))
        }
        return value
    }

    func run(
        _ statements: [Statement], _ scope: Scope, into output: inout String
    ) throws(TemplateFailure) -> Flow {
        try deeper()
        defer { depth -= 1 }
        for statement in statements {
            place = statement.place
            try work(1)
            let flow = try run(statement, scope, into: &output)
            guard case .next = flow else { return flow }
        }
        return .next
    }

    private func run(
        _ statement: Statement, _ scope: Scope, into output: inout String
    ) throws(TemplateFailure) -> Flow {
        switch statement.kind {
        case .text(let text): try write(text, into: &output)
        case .output(let expression):
            try write(string(evaluate(expression, scope)), into: &output)
        case .conditional(let branches, let otherwise):
            for branch in branches where try evaluate(branch.condition, scope).isTrue {
                return try run(branch.body, scope, into: &output)
            }
            return try run(otherwise, scope, into: &output)
        case .loop(let loop):
            try run(loop, over: evaluate(loop.elements, scope), scope, into: &output)
        case .assign(let target, let expression):
            try assign(evaluate(expression, scope), to: target, scope)
        case .capture(let target, let filters, let body):
            let text = try captured(body, Scope(scope))
            try assign(apply(filters, to: .string(text), scope), to: target, scope)
        case .macro(let name, let signature, let body):
            scope.values[name] = .function(.macro(macro(name, signature, body, scope)))
        case .call(let signature, let call, let body):
            let caller = macro("caller", signature, body, scope)
            try write(string(self.call(call, scope, caller: caller)), into: &output)
        case .filter(let filters, let body):
            let text = try captured(body, Scope(scope))
            try write(string(apply(filters, to: .string(text), scope)), into: &output)
        case .with(let values, let body):
            let inner = Scope(scope)
            for (target, value) in values {
                // Each value sees only what is outside.
                try assign(evaluate(value, scope), to: target, inner)
            }
            return try run(body, inner, into: &output)
        case .generation(let body): try write(captured(body, Scope(scope)), into: &output)
        case .breakLoop: return .breakLoop
        case .continueLoop: return .continueLoop
        }
        return .next
    }

    func write(_ text: String, into output: inout String) throws(TemplateFailure) {
        try work(text.utf8.count / 16)
        guard output.utf8.count + text.utf8.count <= limits.bytes else {
            throw fail(.limit("the text has more than \(limits.bytes) bytes"))
        }
        output += text
    }

    func captured(_ body: [Statement], _ scope: Scope) throws(TemplateFailure) -> String {
        var text = ""
        _ = try run(body, scope, into: &text)
        return text
    }

    private func macro(
        _ name: String, _ signature: Signature, _ body: [Statement], _ scope: Scope
    ) -> Macro {
        let macro = Macro(name: name, signature: signature, body: body, scope: scope)
        macros.append(macro)
        return macro
    }

    private func apply(
        _ filters: [FilterCall], to start: Value, _ scope: Scope
    ) throws(TemplateFailure) -> Value {
        var value = start
        for filter in filters {
            let arguments = try evaluate(filter.arguments, scope)
            place = filter.place
            value = try apply(filter.name, to: value, arguments)
        }
        return value
    }
}
