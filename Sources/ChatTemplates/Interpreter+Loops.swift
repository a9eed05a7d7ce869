/// Loops and assignment.
extension Interpreter {
    func run(
        _ loop: Loop, over value: Value, _ scope: Scope, into output: inout String
    ) throws(TemplateFailure) {
        place = loop.elements.place
        var elements = try self.elements(of: value)
        if let condition = loop.condition {
            elements = try filtered(elements, loop.target, condition, scope)
        }
        guard !elements.isEmpty else {
            _ = try run(loop.otherwise, Scope(scope), into: &output)
            return
        }
        let state = LoopState(
            elements: elements, index: 0, level: loopLevel,
            depth: (elements.lazy.map(\.depth).max() ?? 0) + 1,
            recursion: loop.isRecursive ? (loop, scope) : nil)
        try work(elements.count)
        for (index, element) in elements.enumerated() {
            let inner = Scope(scope)
            inner.values["loop"] = .loop(state.at(index))
            try assign(element, to: loop.target, inner)
            if case .breakLoop = try run(loop.body, inner, into: &output) { return }
        }
    }

    private func filtered(
        _ elements: [Value], _ target: Target, _ condition: Expression, _ scope: Scope
    ) throws(TemplateFailure) -> [Value] {
        var kept: [Value] = []
        for element in elements {
            let inner = Scope(scope)
            try assign(element, to: target, inner)
            if try evaluate(condition, inner).isTrue { kept.append(element) }
        }
        return kept
    }

    func assign(_ value: Value, to target: Target, _ scope: Scope) throws(TemplateFailure) {
        switch target {
        case .name(let name): scope.values[name] = try checked(value)
        case .attribute(let name, let attribute):
            guard case .namespace(let namespace) = scope[name] else {
                throw fail(.invalid("\"\(name)\" is no namespace, and only those can be changed"))
            }
            guard !attribute.hasPrefix("_") else {
                throw fail(.invalid("the attribute \"\(attribute)\" begins with an underscore"))
            }
            namespace.attributes.set(attribute, try checked(value))
        case .tuple(let targets):
            let elements = try self.elements(of: value)
            guard elements.count == targets.count else {
                throw fail(
                    .invalid("expected \(targets.count) values, found \(elements.count)"))
            }
            for (target, element) in zip(targets, elements) {
                try assign(element, to: target, scope)
            }
        }
    }

    /// What iterating over a value gives.
    func elements(of value: Value) throws(TemplateFailure) -> [Value] {
        switch value {
        case .undefined: return []
        case .sequence(let sequence): return sequence.elements
        case .dictionary(let mapping): return mapping.keys
        case .string(let text):
            try work(text.utf8.count)
            return text.unicodeScalars.map { .string(String($0)) }
        case .loop(let loop):
            return Array(loop.elements[loop.index...])
        default: throw fail(.invalid("\(value.typeName) has no elements to go through"))
        }
    }

    /// The text of a value, of a bounded length.
    func string(_ value: Value) throws(TemplateFailure) -> String {
        if case .string(let text) = value { return text }
        var writer = ValueWriter(limit: limits.bytes)
        do {
            try writer.writeString(value)
        } catch {
            throw fail(.limit("a text has more than \(limits.bytes) bytes"))
        }
        try work(writer.text.utf8.count)
        return writer.text
    }
}

extension LoopState {
    func at(_ index: Int) -> LoopState {
        LoopState(
            elements: elements, index: index, level: level, depth: depth, recursion: recursion)
    }

    /// An attribute of `loop`, or nil where it has none of the name.
    func attribute(_ name: String) -> Value? {
        let last = elements.count - 1
        switch name {
        case "index": return .integer(index + 1)
        case "index0": return .integer(index)
        case "revindex": return .integer(last - index + 1)
        case "revindex0": return .integer(last - index)
        case "first": return .bool(index == 0)
        case "last": return .bool(index == last)
        case "length": return .integer(elements.count)
        case "depth": return .integer(level + 1)
        case "depth0": return .integer(level)
        case "previtem":
            return index > 0 ? elements[index - 1] : .undefined("there is no previous item")
        case "nextitem":
            return index < last ? elements[index + 1] : .undefined("there is no next item")
        case "cycle": return .function(.method(.loop(self), name))
        default: return nil
        }
    }
}
