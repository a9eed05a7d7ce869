/// The tests after `is`, each with the number of its arguments.
enum Tests {
    static let known: [String: Int] = [
        "boolean": 0, "callable": 0, "defined": 0, "divisibleby": 1, "eq": 1, "equalto": 1,
        "even": 0, "false": 0, "float": 0, "ge": 1, "greaterthan": 1, "gt": 1, "in": 1,
        "integer": 0, "iterable": 0, "le": 1, "lessthan": 1, "lower": 0, "lt": 1, "mapping": 0,
        "ne": 1, "none": 0, "number": 0, "odd": 0, "sameas": 1, "sequence": 0, "string": 0,
        "true": 0, "undefined": 0, "upper": 0, "==": 1, "!=": 1, "<": 1, "<=": 1, ">": 1, ">=": 1,
    ]

    static let comparisons = [
        "eq": "==", "equalto": "==", "ne": "!=", "lt": "<", "lessthan": "<", "le": "<=", "gt": ">",
        "greaterthan": ">", "ge": ">=", "in": "in", "==": "==", "!=": "!=", "<": "<", "<=": "<=",
        ">": ">", ">=": ">=",
    ]
}

extension Interpreter {
    func test(
        _ name: String, _ value: Value, _ arguments: CallArguments
    ) throws(TemplateFailure) -> Bool {
        let count = arguments.positional.count + arguments.named.count
        guard count == Tests.known[name] else {
            throw fail(
                .invalid(
                    "the test \"\(name)\" takes \(Tests.known[name] ?? 0) arguments, found \(count)"
                ))
        }
        if count == 1 {
            let other = arguments.positional.first ?? arguments.named[0].value
            return try comparisonTest(name, value, other)
        }
        switch (name, value) {
        case ("defined", _): return !value.isUndefined
        case ("undefined", _): return value.isUndefined
        case ("none", .none), ("true", .bool(true)), ("false", .bool(false)),
            ("string", .string), ("mapping", .dictionary), ("boolean", .bool),
            ("integer", .integer), ("float", .number), ("callable", .function),
            ("callable", .undefined), ("callable", .loop):
            return true
        case ("number", _): return value.double != nil
        case ("odd", _), ("even", _):
            guard let number = value.double else { throw invalid("expected a number", value) }
            let isEven = number.truncatingRemainder(dividingBy: 2) == 0
            let isOdd = number.truncatingRemainder(dividingBy: 2).magnitude == 1
            return name == "even" ? isEven : isOdd
        case ("iterable", _):
            switch value {
            case .undefined, .string, .sequence, .dictionary, .loop: return true
            default: return false
            }
        case ("sequence", .sequence(let sequence)): return sequence.hasPlaces
        case ("sequence", .undefined), ("sequence", .string), ("sequence", .dictionary):
            return true
        case ("lower", _), ("upper", _):
            let text = try string(value)
            return StringMethods(text: text, limit: limits.bytes).isCase(name)
        default: return false
        }
    }

    private func comparisonTest(
        _ name: String, _ value: Value, _ other: Value
    ) throws(TemplateFailure) -> Bool {
        if let operation = Tests.comparisons[name] { return try compare(operation, value, other) }
        if name == "divisibleby" {
            guard case .integer(let rest) = try arithmetic("%", value, other) else { return false }
            return rest == 0
        }
        // sameas: the same object, which only these are for certain.
        switch (value, other) {
        case (.none, .none): return true
        case (.bool(let left), .bool(let right)): return left == right
        case (.integer(let left), .integer(let right)): return left == right
        case (.string(let left), .string(let right)): return left.isSame(right)
        case (.namespace(let left), .namespace(let right)): return left === right
        default: return false
        }
    }
}

extension StringMethods {
    /// The tests `lower` and `upper`.
    fileprivate func isCase(_ name: String) -> Bool {
        let hasCase = text.unicodeScalars.contains { $0.properties.isCased }
        return hasCase && text.isSame(name == "lower" ? text.lowercased() : text.uppercased())
    }
}
