/// The filters, each with the names of its arguments in order.
enum Filters {
    static let known: [String: [String]] = [
        "abs": [], "batch": ["linecount", "fill_with"], "capitalize": [], "center": ["width"],
        "count": [], "d": ["default_value", "boolean"], "default": ["default_value", "boolean"],
        "dictsort": ["case_sensitive", "by", "reverse"], "e": [], "escape": [], "first": [],
        "float": ["default"], "indent": ["width", "first", "blank"], "int": ["default", "base"],
        "items": [], "join": ["d", "attribute"], "last": [], "length": [], "list": [],
        "lower": [], "map": ["attribute", "default"],
        "max": ["case_sensitive", "attribute"], "min": ["case_sensitive", "attribute"],
        "reject": [], "rejectattr": [], "replace": ["old", "new", "count"], "reverse": [],
        "round": ["precision", "method"], "safe": [], "select": [], "selectattr": [],
        "sort": ["reverse", "case_sensitive", "attribute"], "string": [],
        "sum": ["attribute", "start"], "title": [],
        "tojson": ["ensure_ascii", "indent", "separators", "sort_keys"], "trim": ["chars"],
        "unique": ["case_sensitive", "attribute"], "upper": [], "wordcount": [],
    ]

    /// Filters that take any arguments, to hand them on.
    static let open: Set = ["map", "select", "reject", "selectattr", "rejectattr"]
}

extension Interpreter {
    func apply(
        _ name: String, to value: Value, _ arguments: CallArguments
    ) throws(TemplateFailure) -> Value {
        try work(value.weight)
        if Filters.open.contains(name) { return try selectElements(name, value, arguments) }
        let parameters = Filters.known[name] ?? []
        let given = try valid { () throws(Invalid) in try arguments.bound(to: parameters) }
        if let result = try textFilter(name, value, given) { return result }
        if let result = try numberFilter(name, value, given) { return result }
        return try checked(listFilter(name, value, given))
    }

    /// Filters that give a text.
    private func textFilter(
        _ name: String, _ value: Value, _ given: [Value?]
    ) throws(TemplateFailure) -> Value? {
        switch name {
        case "tojson": return .string(try json(value, given))
        case "default", "d":
            let isMissing = value.isUndefined || (given[1]?.isTrue == true && !value.isTrue)
            return isMissing ? given[0] ?? .string("") : value
        case "string", "safe": return .string(try string(value))
        case "trim", "upper", "lower", "capitalize", "title", "escape", "e", "center", "indent",
            "replace", "wordcount":
            let text = try string(value)
            return try text.filtered(name, given, self)
        default: return nil
        }
    }

    /// `json.dumps` with transformers' settings.
    private func json(_ value: Value, _ given: [Value?]) throws(TemplateFailure) -> String {
        var writer = JSONWriter(limit: limits.bytes)
        writer.isASCII = given[0]?.isTrue ?? false
        writer.sortsKeys = given[3]?.isTrue ?? false
        switch given[1] {
        case nil, Value.none?: break
        case .string(let indent)?: writer.indent = indent
        case let indent?:
            guard let width = indent.whole, width <= 100 else {
                throw invalid("tojson takes an indent of at most 100", indent)
            }
            writer.indent = String(repeating: " ", count: max(width, 0))
        }
        if writer.indent != nil { writer.itemSeparator = "," }
        if let separators = given[2], !separators.isNone {
            let pair = try elements(of: separators)
            guard pair.count == 2, case .string(let item) = pair[0],
                case .string(let key) = pair[1]
            else { throw fail(.invalid("tojson takes two separators")) }
            (writer.itemSeparator, writer.keySeparator) = (item, key)
        }
        do {
            try writer.write(value)
        } catch .notJSON(let what) {
            throw invalid("\(what) is no JSON", value)
        } catch {
            throw fail(.limit("a text has more than \(limits.bytes) bytes"))
        }
        try work(writer.text.utf8.count / 4)
        return writer.text
    }

    /// Filters that give a number.
    private func numberFilter(
        _ name: String, _ value: Value, _ given: [Value?]
    ) throws(TemplateFailure) -> Value? {
        switch name {
        case "length", "count": return .integer(try length(of: value))
        case "abs":
            guard let number = value.double else { throw invalid("abs takes a number", value) }
            if let whole = value.whole { return whole < 0 ? try negated(value) : .integer(whole) }
            return .number(number.magnitude)
        case "int": return value.wholePart(base: given[1]?.whole ?? 10) ?? given[0] ?? .integer(0)
        case "float":
            if case .string(let text) = value {
                let number = Double(text.stripped(start: true, end: true, of: \.isPythonSpace))
                return number.map { .number($0) } ?? given[0] ?? .number(0)
            }
            return value.double.map { .number($0) } ?? given[0] ?? .number(0)
        case "round": return try rounded(value, given)
        default: return nil
        }
    }

    func length(of value: Value) throws(TemplateFailure) -> Int {
        switch value {
        case .undefined: return 0
        case .string(let text): return text.unicodeScalars.count
        case .dictionary(let mapping): return mapping.count
        case .loop(let loop): return loop.elements.count
        case .sequence(let sequence):
            if case .generator = sequence.kind { break }
            return sequence.elements.count
        default: break
        }
        throw invalid("expected something with a length", value)
    }

    private func rounded(_ value: Value, _ given: [Value?]) throws(TemplateFailure) -> Value {
        guard let number = value.double, let digits = given[0].map(\.whole) ?? 0,
            (-300...300).contains(digits)
        else { throw invalid("round takes a number", value) }
        var scale = 1.0
        for _ in 0..<digits.magnitude { scale *= 10 }
        let scaled = digits < 0 ? number / scale : number * scale
        let rule: FloatingPointRoundingRule
        switch given[1] {
        case nil: rule = .toNearestOrEven
        case .string("common")?: rule = .toNearestOrEven
        case .string("ceil")?: rule = .up
        case .string("floor")?: rule = .down
        default: throw fail(.invalid("round takes common, ceil or floor"))
        }
        guard scaled.isFinite, scaled.magnitude < 0x1p53 else { return .number(number) }
        let result = scaled.rounded(rule)
        return .number(digits < 0 ? result * scale : result / scale)
    }
}

extension Value {
    var isNone: Bool { if case .none = self { true } else { false } }

    /// What the filter `int` makes of it, or nil.
    fileprivate func wholePart(base: Int) -> Value? {
        switch self {
        case .string(let text):
            let text = text.stripped(start: true, end: true, of: \.isPythonSpace)
            guard 2...36 ~= base else { return nil }
            if let whole = Int(text, radix: base) { return .integer(whole) }
            return Double(text).flatMap { Int(exactly: $0.rounded(.towardZero)) }.map {
                .integer($0)
            }
        case .number(let value):
            return Int(exactly: value.rounded(.towardZero)).map { .integer($0) }
        default: return whole.map { .integer($0) }
        }
    }
}
