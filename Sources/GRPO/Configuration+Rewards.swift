public import Rewards

/// A reward, as it stands in a configuration.
public struct RewardConfiguration: Sendable, Equatable {
    /// What is checked.
    public enum Kind: String, Sendable, CaseIterable {
        /// The extracted text is the answer.
        case exact
        /// The extracted number is the answer's.
        case number
        /// The extracted arithmetic uses the row's `numbers` and reaches its `target`.
        case countdown
        /// The completion is neither too short nor too long.
        case length
        /// The completion matches a regular expression.
        case pattern
        /// The extracted mathematics equals the answer's.
        case math
        /// The extracted choice is the answer's.
        case choice
        /// The completion is parts in tags, in order.
        case tags
        /// The extracted text is JSON that keeps to a schema.
        case json
        /// A program of your own.
        case program
        /// A server of your own.
        case http
    }

    /// What is checked.
    public var kind: Kind
    /// The name in metrics; `nil` for the name of the kind.
    public var name: String?
    /// The factor in the sum of rewards; 0 to log a reward without training on it.
    public var weight = 1.0
    /// How the factor changes over the run; `nil` where it stays.
    public var ramp: WeightRamp?
    /// Kinds exact, number, math, choice, countdown and json: the part that is compared.
    public var extract: Extraction
    /// Kinds number and math: how far from the answer still counts.
    public var tolerance = 0.0
    /// Kind exact: whether letters in either case are the same.
    public var ignoreCase = false
    /// Kind pattern: the regular expression.
    public var expression = ""
    /// Kind length: the least that is allowed.
    public var minimum: Int?
    /// Kind length: the most that is allowed.
    public var maximum: Int?
    /// Kind length: what is counted.
    public var unit = LengthUnit.tokens
    /// Kind choice: the row's field that holds the choices; `nil` where the answer is a letter.
    public var choices: String?
    /// Kind tags: how the parts are tagged.
    public var tagging = Tagging()
    /// Kind json: what the value must be like; `nil` for any.
    public var schema: JSONSchema?
    /// What becomes of a completion that the reward failed on.
    public var onFailure = FailurePolicy.drop
    /// Kinds program and http: what is asked, and how.
    public var external = External()

    /// A reward of a kind with the kind's defaults.
    public init(kind: Kind) {
        self.kind = kind
        extract =
            switch kind {
            case .number: .lastNumber
            case .math, .choice: .final
            default: .whole
            }
    }

    init() { self.init(kind: .exact) }

    /// The name in metrics.
    public var label: String { name ?? kind.rawValue }

    /// Whether the reward compares with the row's answer.
    var needsAnswer: Bool { [.exact, .number, .math, .choice].contains(kind) }

    /// Whether the reward reads an answer out of a completion.
    var readsAnswers: Bool {
        [.exact, .number, .math, .choice, .countdown, .json].contains(kind)
    }

    /// The reward itself.
    ///
    /// - Throws: `RewardError` where a regular expression does not compile.
    public func reward() throws -> Reward {
        switch kind {
        case .exact:
            .exactMatch(
                name: label, weight: weight, extracting: try extract.extractor(),
                ignoringCase: ignoreCase)
        case .number:
            .number(
                name: label, weight: weight, extracting: try extract.extractor(),
                tolerance: tolerance)
        case .countdown:
            .countdown(name: label, weight: weight, extracting: try extract.extractor())
        case .length:
            .length(name: label, weight: weight, minimum: minimum, maximum: maximum, unit: unit)
        case .pattern: try .pattern(name: label, weight: weight, expression: expression)
        case .math, .choice, .tags, .json: try verifier()
        case .program, .http: try externalRewards()[0]
        }
    }
}

extension RewardConfiguration.Kind: ConfigurationChoice {}
extension LengthUnit: ConfigurationChoice {}

extension RewardConfiguration: ConfigurationSection {
    static var variants: [Self] { Kind.allCases.map(Self.init(kind:)) }

    init(_ node: YAMLNode) throws(ConfigurationError) {
        let entries = try node.entries()
        guard let kind = entries.first(where: { $0.key == "kind" }) else {
            throw node.error(.missingKeys(["kind (\(Kind.expected))"]))
        }
        self.init(kind: try Kind(kind.value))
        try merge(node)
    }

    /// The keys that every kind has, then those of this kind.
    var fields: [ConfigurationField<Self>] {
        let common = [
            ConfigurationField("kind", \Self.kind, isRequired: true, "What is checked."),
            ConfigurationField(
                "name", \.name, allowed: .ifPresent(.notEmpty("a name")),
                "Name in metrics; null for the kind's."),
            ConfigurationField(
                "weight", \.weight, "Factor in the sum; 0 to log without training on it."),
            ConfigurationField(
                "ramp", \.ramp, "How the factor changes over the run; null where it stays."),
            onFailureField,
        ]
        let own: [ConfigurationField<Self>] =
            switch kind {
            case .exact: [extractField, ignoreCaseField]
            case .number, .math: [extractField, toleranceField]
            case .countdown: [extractField]
            case .length: lengthFields
            case .pattern: [expressionField]
            case .choice: [extractField, choicesField]
            case .tags: Tagging.shared.map { ConfigurationField($0, of: \.tagging) }
            case .json: [extractField, schemaField]
            case .program: programFields
            case .http: serverFields
            }
        return common + own
    }

    func validateTogether(at path: [String]) throws(ConfigurationError) {
        try validateExternal(at: path)
        guard kind == .length else { return }
        if minimum == nil, maximum == nil {
            throw ConfigurationError(path, .missingKeys(["minimum or maximum"]))
        }
        guard let minimum, let maximum, minimum > maximum else { return }
        throw ConfigurationError(
            path,
            .conflict(
                "minimum \(minimum) is more than maximum \(maximum), so no length is allowed. "
                    + "Swap them."))
    }
}

extension RewardConfiguration {
    private var extractField: ConfigurationField<Self> {
        ConfigurationField(
            "extract", \.extract,
            "exact, number, math, choice, countdown, json: the part that is compared; number's default "
                + "is last_number, that of math and choice final.")
    }

    private var toleranceField: ConfigurationField<Self> {
        ConfigurationField(
            "tolerance", \.tolerance, allowed: .atLeast(0),
            "number, math: how far from the answer still counts.")
    }

    private var ignoreCaseField: ConfigurationField<Self> {
        ConfigurationField(
            "ignore_case", \.ignoreCase, "exact: whether A and a are the same.")
    }

    private var expressionField: ConfigurationField<Self> {
        ConfigurationField(
            "expression", \.expression, isRequired: true,
            allowed: .regularExpression,
            "pattern: the regular expression, ICU syntax; (?i) at its start ignores case.")
    }

    private var lengthFields: [ConfigurationField<Self>] {
        [
            ConfigurationField(
                "minimum", \.minimum, allowed: .ifPresent(.atLeast(0)),
                "length: the least; null for none."),
            ConfigurationField(
                "maximum", \.maximum, allowed: .ifPresent(.atLeast(0)),
                "length: the most; null for none."),
            ConfigurationField("unit", \.unit, "length: what is counted."),
        ]
    }
}
