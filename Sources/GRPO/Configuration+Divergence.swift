extension Configuration {
    /// The distance to the reference, in the loss or in the reward.
    public struct Divergence: Sendable, Equatable {
        /// Where the distance counts.
        public enum Place: String, Sendable, CaseIterable {
            /// A term of the loss (DeepSeekMath, Shao et al. 2024, equation 3).
            case loss
            /// Taken off the reward of the completion (RLOO, Ahmadian et al. 2024).
            case reward
        }

        /// β; 0 for no reference.
        public var coefficient = 0.0
        /// What estimates it from one token.
        public var estimator = GRPO.Divergence.Estimator.k3
        /// Where it counts.
        public var place = Place.loss
        /// What makes its gradient that of the divergence.
        public var correction = GRPO.Divergence.Correction.none
        /// The divergence per token that β is steered to; `nil` for a fixed β.
        public var target: Double?
        /// Completions over which β is steered.
        public var horizon = 10_000.0

        /// No divergence.
        public init() {}

        /// The term of the loss, if there is one.
        var divergence: GRPO.Divergence? {
            guard coefficient != 0, place == .loss else { return nil }
            let steered = target.map {
                GRPO.Divergence.Coefficient.adaptive(
                    initial: coefficient, target: $0, horizon: horizon)
            }
            return GRPO.Divergence(
                estimator, coefficient: steered ?? .fixed(coefficient), correction: correction)
        }

        /// What is taken off the reward, if anything is.
        var penalty: DivergencePenalty? {
            guard coefficient != 0, place == .reward else { return nil }
            let estimator: DivergencePenalty.Estimator =
                switch estimator {
                case .k1: .k1
                case .k2: .k2
                case .k3: .k3
                }
            return DivergencePenalty(coefficient: coefficient, estimator: estimator)
        }
    }
}

extension Configuration.Divergence.Place: ConfigurationChoice {}

extension Divergence.Estimator: ConfigurationChoice {}
extension Divergence.Correction: ConfigurationChoice {}

extension Configuration.Divergence: ConfigurationSection {
    static var expected: String { "a coefficient, or a section of keys" }

    init(_ node: YAMLNode) throws(ConfigurationError) {
        self.init()
        try merge(node)
    }

    /// A number alone is the coefficient.
    mutating func merge(_ node: YAMLNode) throws(ConfigurationError) {
        if case .scalar = node.content {
            coefficient = try Double(node)
            guard coefficient >= 0 else {
                throw node.error(
                    .notAllowed(allowed: "0 or more", found: "\(coefficient)", why: ""))
            }
            return
        }
        let fields = fields
        for entry in try node.entries() {
            guard let field = fields.first(where: { $0.key == entry.key }) else {
                throw entry.value.error(.unknownKey(known: fields.map(\.key)))
            }
            try field.merge(&self, entry.value)
        }
    }

    var fields: [ConfigurationField<Self>] {
        [
            ConfigurationField(
                "coefficient", \.coefficient, allowed: .atLeast(0),
                "0 for none: then no reference is loaded (TRL: beta)."),
            ConfigurationField(
                "estimator", \.estimator, "What estimates it from one token (Schulman 2020)."),
            ConfigurationField(
                "place", \.place, "A term of the loss, or taken off the completion's reward."),
            ConfigurationField(
                "correction", \.correction,
                "Makes its gradient that of the divergence: the ratio in front, or verl's k3+."),
            ConfigurationField(
                "target", \.target, allowed: .ifPresent(.above(0)),
                "Divergence per token that the coefficient is steered to; null for a fixed one."),
            ConfigurationField(
                "horizon", \.horizon, allowed: .atLeast(1),
                "Completions over which it is steered."),
        ]
    }

    func validateTogether(at path: [String]) throws(ConfigurationError) {
        guard place == .reward, coefficient != 0 else { return }
        if correction != .none {
            throw ConfigurationError(
                path + ["correction"],
                .conflict(
                    "a divergence in the reward has no gradient to correct. "
                        + "Choose correction none, or place loss."))
        }
        if target != nil {
            throw ConfigurationError(
                path + ["target"],
                .conflict(
                    "the coefficient is steered in the loss only. "
                        + "Choose target null, or place loss."))
        }
    }
}
