public import Rewards

extension RewardConfiguration {
    /// How the parts of a completion are tagged.
    public struct Tagging: Sendable, Equatable {
        /// The names of the tags, in order.
        public var tags = ["think", "answer"]
        /// Whether the prompt ends with the first tag.
        public var opened = false
        /// Whether other text may stand around the parts.
        public var outside = false

        /// The tags think and answer.
        public init() {}

        static var shared: [ConfigurationField<Self>] {
            [
                ConfigurationField(
                    "tags", \.tags, allowed: .tagNames, "tags: the names of the tags, in order."),
                ConfigurationField(
                    "opened", \.opened, "tags: whether the prompt ends with the first tag."),
                ConfigurationField(
                    "outside", \.outside, "tags: whether other text may stand around the parts."),
            ]
        }
    }

    /// The reward of a kind that reads mathematics, choices or formats.
    func verifier() throws -> Reward {
        switch kind {
        case .math:
            .math(
                name: label, weight: weight, extracting: try extract.extractor(),
                tolerance: tolerance)
        case .choice:
            .choice(
                name: label, weight: weight, extracting: try extract.extractor(), choices: choices)
        case .tags:
            .tags(
                name: label, weight: weight, tags: tagging.tags, isOpened: tagging.opened,
                allowsOutside: tagging.outside)
        default:
            .json(
                name: label, weight: weight, extracting: try extract.extractor(), schema: schema)
        }
    }

    var choicesField: ConfigurationField<Self> {
        ConfigurationField(
            "choices", \.choices, allowed: .ifPresent(.notEmpty("a field of the data")),
            "choice: the row's field that holds the choices; null where the answer is a letter.")
    }

    var schemaField: ConfigurationField<Self> {
        ConfigurationField(
            "schema", \.schema, "json: what the value must be like (JSON Schema); null for any.")
    }
}

extension ConfigurationRule where Value == [String] {
    /// The rule for names of tags.
    fileprivate static var tagNames: Self {
        Self(allowed: "names of letters, digits, _ and -, each once", why: "") { tags in
            !tags.isEmpty && Set(tags).count == tags.count
                && tags.allSatisfy { $0.wholeMatch(of: /[A-Za-z][A-Za-z0-9_-]*/) != nil }
        }
    }
}

extension JSONSchema: ConfigurationValue {
    static var expected: String { "a section of JSON Schema's keywords" }

    init(_ node: YAMLNode) throws(ConfigurationError) {
        do {
            try self.init(JSONValue(node))
        } catch {
            let problem: ConfigurationError.Problem =
                switch error.problem {
                case .unknownKeyword(let known): .unknownKey(known: known)
                case .wrongValue(let expected, let found):
                    .wrongValue(expected: expected, found: found, hint: "")
                }
            throw node.nearest(to: error.path[...]).error(problem)
        }
    }

    var yaml: YAMLNode { source.yaml }
}

extension JSONValue {
    /// The value that YAML text stands for, by YAML 1.2's JSON schema: plain null, true, false and
    /// numbers are themselves, all else is text.
    fileprivate init(_ node: YAMLNode) {
        switch node.content {
        case .null: self = .null
        case .scalar("true", isQuoted: false): self = .bool(true)
        case .scalar("false", isQuoted: false): self = .bool(false)
        case .scalar(let text, let isQuoted):
            let number = isQuoted ? nil : try? JSONLine.value(of: Array(text.utf8)[...])
            if case .number? = number { self = number ?? .null } else { self = .string(text) }
        case .list(let elements): self = .array(elements.map { JSONValue($0) })
        case .section(let entries):
            let members = entries.map { ($0.key, JSONValue($0.value)) }
            self = .object(Dictionary(members, uniquingKeysWith: { _, last in last }))
        }
    }

    fileprivate var yaml: YAMLNode {
        switch self {
        case .null: YAMLNode(content: .null)
        case .bool, .number: YAMLNode(content: .scalar(text, isQuoted: false))
        case .string(let text): YAMLNode(content: .scalar(text, isQuoted: true))
        case .array(let elements): YAMLNode(content: .list(elements.map(\.yaml)))
        case .object(let members):
            YAMLNode(
                content: .section(
                    members.sorted { $0.key < $1.key }
                        .map { YAMLNode.Entry(key: $0.key, value: $0.value.yaml) }))
        }
    }
}
