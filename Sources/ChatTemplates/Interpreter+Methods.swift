/// Methods of strings, dictionaries and lists.
extension Interpreter {
    func callMethod(
        _ name: String, of value: Value, _ arguments: CallArguments
    ) throws(Invalid) -> Value {
        switch value {
        case .string(let text):
            try chargeText(text)
            return try StringMethods(text: text, limit: limits.bytes).call(name, arguments)
        case .dictionary(let mapping): return try callMethod(name, of: mapping, arguments)
        case .loop(let loop):
            guard !arguments.positional.isEmpty else { throw Invalid("nothing to cycle through") }
            return arguments.positional[loop.index % arguments.positional.count]
        case .sequence(let sequence):
            if name == "copy" { return value }
            guard let wanted = try arguments.bound(to: ["value"])[0] else {
                throw Invalid("\(name) needs a value")
            }
            try charge(wanted.weight.multiplied(by: sequence.elements.count))
            if name == "count" {
                return .integer(sequence.elements.count { $0.isEqual(wanted) })
            }
            guard let place = sequence.elements.firstIndex(where: { $0.isEqual(wanted) }) else {
                throw Invalid("the list does not hold the value")
            }
            return .integer(place)
        default: throw Invalid("\(value.typeName) has no method \"\(name)\"")
        }
    }

    /// Counts work where the place is added later.
    func charge(_ amount: Int) throws(Invalid) {
        steps = steps.adding(amount)
        if steps > limits.steps { throw Invalid("rendering takes more than \(limits.steps) steps") }
    }

    private func chargeText(_ text: String) throws(Invalid) { try charge(text.utf8.count / 4) }

    private func callMethod(
        _ name: String, of mapping: Mapping, _ arguments: CallArguments
    ) throws(Invalid) -> Value {
        switch name {
        case "get":
            let values = try arguments.bound(to: ["key", "default"])
            guard let key = values[0] else { throw Invalid("get needs a key") }
            try charge(key.weight)
            if key.isUndefined { return values[1] ?? .none }
            guard let hashed = Key(key) else {
                throw Invalid("expected a key, found \(key.typeName)")
            }
            return mapping[hashed] ?? values[1] ?? .none
        case "copy": return .dictionary(mapping)
        default: break
        }
        guard arguments.positional.isEmpty, arguments.named.isEmpty else {
            throw Invalid("\(name) takes no arguments")
        }
        try charge(mapping.count)
        let elements: [Value] =
            switch name {
            case "keys": mapping.keys
            case "values": mapping.values
            default: mapping.pairs
            }
        return .sequence(.view(name), elements)
    }
}

extension Mapping {
    /// Keys with their values.
    var pairs: [Value] { zip(keys, values).map { .tuple([$0, $1]) } }
}
