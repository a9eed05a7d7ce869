/// What a value may be, and why.
struct ConfigurationRule<Value> {
    /// In words: `2 or more`.
    let allowed: String
    /// The reason and the next move.
    let why: String
    let holds: (Value) -> Bool

    /// Whatever the type can hold.
    static var any: Self { Self(allowed: "", why: "") { _ in true } }

    /// The rule for a value that may be absent.
    static func ifPresent<Wrapped>(_ rule: ConfigurationRule<Wrapped>) -> Self
    where Value == Wrapped? {
        Self(allowed: rule.allowed, why: rule.why) { $0.map(rule.holds) ?? true }
    }
}

extension ConfigurationRule where Value: ConfigurationValue {
    func violation(of value: Value) -> ConfigurationError.Problem? {
        holds(value)
            ? nil : .notAllowed(allowed: allowed, found: value.yaml.inlineText, why: why)
    }
}

extension ConfigurationRule where Value: Comparable {
    static func atLeast(_ least: Value, _ why: String = "") -> Self {
        Self(allowed: "\(least) or more", why: why) { $0 >= least }
    }

    static func above(_ bound: Value, _ why: String = "") -> Self {
        Self(allowed: "more than \(bound)", why: why) { $0 > bound }
    }

    static func within(_ range: ClosedRange<Value>, _ why: String = "") -> Self {
        Self(allowed: "\(range.lowerBound) to \(range.upperBound)", why: why) { range ~= $0 }
    }

    static func above(_ bound: Value, upTo most: Value, _ why: String = "") -> Self {
        Self(allowed: "more than \(bound) and at most \(most)", why: why) {
            $0 > bound && $0 <= most
        }
    }

    static func from(_ least: Value, below bound: Value, _ why: String = "") -> Self {
        Self(allowed: "\(least) or more and less than \(bound)", why: why) {
            $0 >= least && $0 < bound
        }
    }
}

extension ConfigurationRule where Value: Collection & Sendable {
    static func notEmpty(_ allowed: String, _ why: String = "") -> Self {
        Self(allowed: allowed, why: why) { !$0.isEmpty }
    }
}

extension Int: ConfigurationValue {
    static var expected: String { "a whole number" }
    init(_ node: YAMLNode) throws(ConfigurationError) {
        guard case .scalar(let text, isQuoted: false) = node.content,
            text.wholeMatch(of: /[+-]?(0|[1-9][0-9]*)/) != nil, let value = Int(text)
        else { throw node.wrongValue(expected: Self.expected) }
        self = value
    }
    var yaml: YAMLNode { YAMLNode(content: .scalar("\(self)", isQuoted: false)) }
}

extension Double: ConfigurationValue {
    static var expected: String { "a number" }
    init(_ node: YAMLNode) throws(ConfigurationError) {
        guard case .scalar(let text, isQuoted: false) = node.content,
            text.wholeMatch(of: /[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?/) != nil,
            let value = Double(text), value.isFinite
        else { throw node.wrongValue(expected: Self.expected) }
        self = value
    }
    /// YAML 1.1 readers take an exponent for a number only after a point: `1.0e-06`.
    var yaml: YAMLNode {
        let parts = "\(self)".split(separator: "e", maxSplits: 1)
        let text =
            parts.count == 2 && !parts[0].contains(".")
            ? "\(parts[0]).0e\(parts[1])" : "\(self)"
        return YAMLNode(content: .scalar(text, isQuoted: false))
    }
}

extension Bool: ConfigurationValue {
    static var expected: String { "true or false" }
    init(_ node: YAMLNode) throws(ConfigurationError) {
        guard case .scalar(let text, isQuoted: false) = node.content, let value = Bool(text)
        else { throw node.wrongValue(expected: Self.expected) }
        self = value
    }
    var yaml: YAMLNode { YAMLNode(content: .scalar("\(self)", isQuoted: false)) }
}

extension String: ConfigurationValue {
    static var expected: String { "text" }
    init(_ node: YAMLNode) throws(ConfigurationError) {
        switch node.content {
        case .scalar(let text, isQuoted: true): self = text
        case .scalar(let text, isQuoted: false): self = node.typed ?? text
        case .null:
            throw node.wrongValue(
                expected: Self.expected, hint: "Text that begins with \"#\" needs quotes around it."
            )
        case .list, .section:
            guard let typed = node.typed else {
                throw node.wrongValue(
                    expected: Self.expected,
                    hint: "Text that begins with \"{\" or \"[\" needs quotes around it.")
            }
            self = typed
        }
    }
    var yaml: YAMLNode { .text(self) }
}

extension Optional: ConfigurationValue where Wrapped: ConfigurationValue {
    static var expected: String { "\(Wrapped.expected), or null" }
    init(_ node: YAMLNode) throws(ConfigurationError) {
        if case .null = node.content { self = nil } else { self = try Wrapped(node) }
    }
    var yaml: YAMLNode { self?.yaml ?? YAMLNode(content: .null) }
}

extension Array: ConfigurationValue where Element: ConfigurationValue {
    static var expected: String { "a list" }
    init(_ node: YAMLNode) throws(ConfigurationError) {
        switch node.content {
        case .null: self = []
        case .list(let elements):
            self = []
            for element in elements { append(try Element(element)) }
        default: throw node.wrongValue(expected: Self.expected)
        }
    }
    var yaml: YAMLNode { YAMLNode(content: .list(map(\.yaml))) }
    func validate(at path: [String]) throws(ConfigurationError) {
        for (place, element) in enumerated() { try element.validate(at: path + ["\(place)"]) }
    }
    func missing(from node: YAMLNode?, at path: [String]) -> [String] {
        enumerated().flatMap { place, element in
            element.missing(from: node?.child("\(place)"), at: path + ["\(place)"])
        }
    }
    /// Each key once, though several variants have it.
    func keys(at path: [String]) -> [ConfigurationKey] {
        var seen: Set<String> = []
        return Element.variants.flatMap { $0.keys(at: path + ["N"]) }
            .filter { seen.insert($0.path).inserted }
    }
}

/// One of a few words.
protocol ConfigurationChoice: ConfigurationValue, CaseIterable, RawRepresentable<String> {}

extension ConfigurationChoice {
    static var expected: String { listed(allCases.map(\.rawValue)) }
    init(_ node: YAMLNode) throws(ConfigurationError) {
        let text: String? = if case .scalar(let text, _) = node.content { text } else { nil }
        guard let value = text.flatMap(Self.init(rawValue:)) else {
            let close = text.flatMap { nearest(to: $0, among: Self.allCases.map(\.rawValue)) }
            throw node.wrongValue(
                expected: Self.expected, hint: close.map { "Did you mean \"\($0)\"?" } ?? "")
        }
        self = value
    }
    var yaml: YAMLNode { .text(rawValue) }
}

/// `a`, `a or b`, `a, b or c`.
func listed(_ words: [String]) -> String {
    guard let last = words.last, words.count > 1 else { return words.first ?? "" }
    return words.dropLast().joined(separator: ", ") + " or " + last
}
