/// A value that stands under a key of a configuration: it is read, checked and written here.
protocol ConfigurationValue: Sendable, Equatable {
    /// What a user is told to write: `a whole number`.
    static var expected: String { get }
    /// The value that is written at `node`.
    init(_ node: YAMLNode) throws(ConfigurationError)
    /// Takes over what is written at `node`; the rest stays as it is.
    mutating func merge(_ node: YAMLNode) throws(ConfigurationError)
    /// The value as it is written.
    var yaml: YAMLNode { get }
    /// Checks what is inside the value.
    func validate(at path: [String]) throws(ConfigurationError)
    /// The paths of required keys inside the value that are not written.
    func missing(from node: YAMLNode?, at path: [String]) -> [String]
    /// The keys inside the value; none if it is a leaf.
    func keys(at path: [String]) -> [ConfigurationKey]
    /// The forms that an element of a list takes, for the table of keys.
    static var variants: [Self] { get }
}

extension ConfigurationValue {
    mutating func merge(_ node: YAMLNode) throws(ConfigurationError) { self = try Self(node) }
    func validate(at path: [String]) throws(ConfigurationError) {}
    func missing(from node: YAMLNode?, at path: [String]) -> [String] { [] }
    func keys(at path: [String]) -> [ConfigurationKey] { [] }
    static var variants: [Self] { [] }
}

/// A value with keys of its own.
protocol ConfigurationSection: ConfigurationValue {
    /// The defaults; what is required stands empty.
    init()
    /// Its keys, in the order in which they are written.
    var fields: [ConfigurationField<Self>] { get }
    /// Checks values that must go together; each one alone has been checked.
    func validateTogether(at path: [String]) throws(ConfigurationError)
}

/// A key of a section: the one place that says how it is read, checked, written and explained.
struct ConfigurationField<Section> {
    let key: String
    let isRequired: Bool
    let meaning: String
    let type: String
    let allowed: String
    let value: (Section) -> any ConfigurationValue
    let merge: (inout Section, YAMLNode) throws(ConfigurationError) -> Void
    /// Why a value is out of range.
    let violation: (Section) -> ConfigurationError.Problem?

    /// A key with a default, or a required one.
    init<Value: ConfigurationValue>(
        _ key: String, _ path: WritableKeyPath<Section, Value>, isRequired: Bool = false,
        allowed rule: ConfigurationRule<Value> = .any, _ meaning: String
    ) {
        self.key = key
        self.isRequired = isRequired
        self.meaning = meaning
        type = Value.expected
        allowed = rule.allowed
        value = { $0[keyPath: path] }
        merge = { (section, node) throws(ConfigurationError) in
            try section[keyPath: path].merge(node)
        }
        violation = { rule.violation(of: $0[keyPath: path]) }
    }

    /// A key of `Part` as a key of the section that holds it.
    init<Part>(_ field: ConfigurationField<Part>, of path: WritableKeyPath<Section, Part>) {
        key = field.key
        isRequired = field.isRequired
        meaning = field.meaning
        type = field.type
        allowed = field.allowed
        value = { field.value($0[keyPath: path]) }
        merge = { (section, node) throws(ConfigurationError) in
            try field.merge(&section[keyPath: path], node)
        }
        violation = { field.violation($0[keyPath: path]) }
    }
}

extension ConfigurationSection {
    static var expected: String { "a section of keys" }

    init(_ node: YAMLNode) throws(ConfigurationError) {
        self.init()
        try merge(node)
    }

    mutating func merge(_ node: YAMLNode) throws(ConfigurationError) {
        let fields = fields
        for entry in try node.entries() {
            guard let field = fields.first(where: { $0.key == entry.key }) else {
                throw entry.value.error(.unknownKey(known: fields.map(\.key)))
            }
            try field.merge(&self, entry.value)
        }
    }

    var yaml: YAMLNode {
        YAMLNode(
            content: .section(
                fields.map { YAMLNode.Entry(key: $0.key, value: $0.value(self).yaml) }))
    }

    func validate(at path: [String]) throws(ConfigurationError) {
        for field in fields {
            let path = path + [field.key]
            if let violation = field.violation(self) {
                throw ConfigurationError(path, violation)
            }
            try field.value(self).validate(at: path)
        }
        try validateTogether(at: path)
    }

    func validateTogether(at path: [String]) throws(ConfigurationError) {}

    func missing(from node: YAMLNode?, at path: [String]) -> [String] {
        fields.flatMap { field in
            let child = node?.child(field.key)
            let path = path + [field.key]
            return field.isRequired && child == nil
                ? [path.joined(separator: ".")] : field.value(self).missing(from: child, at: path)
        }
    }

    func keys(at path: [String]) -> [ConfigurationKey] {
        fields.flatMap { field in
            let path = path + [field.key]
            let inner = field.value(self).keys(at: path)
            let own = ConfigurationKey(
                path: path.joined(separator: "."), type: field.type,
                defaultValue: field.isRequired ? nil : field.value(self).yaml.inlineText,
                allowed: field.allowed, meaning: field.meaning)
            return field.value(self) is any ConfigurationSection ? inner : [own] + inner
        }
    }
}
