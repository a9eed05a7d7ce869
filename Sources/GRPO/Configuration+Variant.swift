/// A closed choice whose members have numbers of their own.
///
/// It stands in YAML as `{kind: clip, low: 0.2, high: 0.28}`, or as the word alone where the numbers
/// are the usual ones: `clip`.
protocol ConfigurationVariant: ConfigurationValue {
    /// The words.
    associatedtype Kind: ConfigurationChoice
    /// The choice with its usual numbers.
    init(kind: Kind)
    /// The word for this value.
    var kind: Kind { get }
    /// The numbers of this value; each makes a new value where it is set.
    var numbers: [ConfigurationField<Self>] { get }
}

extension ConfigurationVariant {
    static var expected: String { Kind.expected }
    var numbers: [ConfigurationField<Self>] { [] }

    init(_ node: YAMLNode) throws(ConfigurationError) {
        guard case .section(let entries) = node.content else {
            self.init(kind: try Kind(node))
            return
        }
        guard let kind = entries.first(where: { $0.key == "kind" }) else {
            throw node.error(.missingKeys(["kind (\(Kind.expected))"]))
        }
        self.init(kind: try Kind(kind.value))
        try mergeNumbers(entries)
    }

    /// Numbers alone, without a kind, change those of the choice that stands there.
    mutating func merge(_ node: YAMLNode) throws(ConfigurationError) {
        if case .section(let entries) = node.content, !entries.contains(where: { $0.key == "kind" })
        {
            try mergeNumbers(entries)
        } else {
            self = try Self(node)
        }
    }

    private mutating func mergeNumbers(_ entries: [YAMLNode.Entry]) throws(ConfigurationError) {
        for entry in entries where entry.key != "kind" {
            guard let field = numbers.first(where: { $0.key == entry.key }) else {
                throw entry.value.error(.unknownKey(known: ["kind"] + numbers.map(\.key)))
            }
            try field.merge(&self, entry.value)
        }
    }

    var yaml: YAMLNode {
        numbers.isEmpty
            ? kind.yaml
            : YAMLNode(
                content: .section(
                    [YAMLNode.Entry(key: "kind", value: kind.yaml)]
                        + numbers.map { YAMLNode.Entry(key: $0.key, value: $0.value(self).yaml) }))
    }

    func validate(at path: [String]) throws(ConfigurationError) {
        for field in numbers {
            if let violation = field.violation(self) {
                throw ConfigurationError(path + [field.key], violation)
            }
        }
    }

    /// The numbers of every kind, each once.
    func keys(at path: [String]) -> [ConfigurationKey] {
        var seen: Set<String> = []
        return Kind.allCases.flatMap { kind in
            let value = Self(kind: kind)
            return value.numbers.map { field in
                ConfigurationKey(
                    path: (path + [field.key]).joined(separator: "."), type: field.type,
                    defaultValue: field.value(value).yaml.inlineText, allowed: field.allowed,
                    meaning: "\(kind.rawValue): \(field.meaning)")
            }
        }.filter { seen.insert($0.path).inserted }
    }
}

extension ConfigurationField {
    /// A number of a choice: its value now, and the choice with another.
    init<Value: ConfigurationValue>(
        _ key: String, _ value: Value, allowed rule: ConfigurationRule<Value> = .any,
        _ meaning: String, with make: @escaping (Value) -> Section
    ) {
        self.key = key
        isRequired = false
        self.meaning = meaning
        type = Value.expected
        allowed = rule.allowed
        self.value = { _ in value }
        merge = { (section, node) throws(ConfigurationError) in section = make(try Value(node)) }
        violation = { _ in rule.violation(of: value) }
    }
}
