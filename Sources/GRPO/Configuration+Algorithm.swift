import LanguageModels

/// The algorithm, by the name that it has in a configuration.
public enum AlgorithmChoice: Sendable, Equatable {
    /// The group is the baseline.
    case grpo
    /// A value network is the baseline.
    case ppo(PPOChoices)

    var isPPO: Bool { self != .grpo }

    /// The form of the value network, where there is one.
    var valueForm: ValueNetworkForm? {
        if case .ppo(let choices) = self { choices.form } else { nil }
    }

    func apply(to settings: inout PPOSettings) {
        guard case .ppo(let choices) = self else { return }
        settings.advantage = GeneralizedAdvantageEstimator(
            discount: choices.discount, decay: choices.decay)
        settings.valueObjective = ValueObjective(clip: choices.valueClip)
        settings.valueWarmUpSteps = choices.valueWarmUpSteps
        settings.valueRateScale = choices.valueRateScale
    }
}

/// What PPO adds to the choices of GRPO.
public struct PPOChoices: Sendable, Equatable {
    /// Where the values come from.
    public enum Value: String, Sendable, CaseIterable {
        /// A decoder of its own.
        case separate
        /// A head on the policy's decoder.
        case shared
    }

    /// Where the values come from.
    public var value = Value.separate
    /// The values' share of the loss on a shared decoder.
    public var coefficient = 0.1
    /// Whether the values' loss leaves a shared decoder as it is.
    public var stopsGradient = false
    /// γ
    public var discount = 1.0
    /// λ
    public var decay = 0.95
    /// How far a value may move in a step.
    public var valueClip = 0.2
    /// Steps in which the value network learns alone.
    public var valueWarmUpSteps = 0
    /// Its learning rate, in learning rates of the policy.
    public var valueRateScale = 1.0

    /// The usual choices.
    public init() {}

    var form: ValueNetworkForm {
        value == .separate
            ? .separate : .shared(coefficient: coefficient, stopsGradient: stopsGradient)
    }
}

extension PPOChoices.Value: ConfigurationChoice {}

extension AlgorithmChoice: ConfigurationVariant {
    enum Kind: String, ConfigurationChoice { case grpo, ppo }

    init(kind: Kind) { self = kind == .grpo ? .grpo : .ppo(PPOChoices()) }

    var kind: Kind { isPPO ? .ppo : .grpo }

    var numbers: [ConfigurationField<Self>] {
        guard case .ppo(let choices) = self else { return [] }
        func field<Value: ConfigurationValue>(
            _ key: String, _ path: WritableKeyPath<PPOChoices, Value>,
            allowed rule: ConfigurationRule<Value> = .any, _ meaning: String
        ) -> ConfigurationField<Self> {
            ConfigurationField(key, choices[keyPath: path], allowed: rule, meaning) { value in
                var choices = choices
                choices[keyPath: path] = value
                return .ppo(choices)
            }
        }
        return [
            field("value", \.value, "A decoder of its own, or a head on the policy's."),
            field(
                "coefficient", \.coefficient, allowed: .atLeast(0),
                "shared: the values' share of the loss."),
            field(
                "stops_gradient", \.stopsGradient,
                "shared: whether the values' loss leaves the decoder as it is."),
            field("discount", \.discount, allowed: .within(0...1), "γ."),
            field("decay", \.decay, allowed: .within(0...1), "λ of the advantage estimate (GAE)."),
            field(
                "value_clip", \.valueClip, allowed: .above(0),
                "How far a value may move in a step."),
            field(
                "value_warmup_steps", \.valueWarmUpSteps, allowed: .atLeast(0),
                "Steps in which the value network learns alone."),
            field(
                "value_rate_scale", \.valueRateScale, allowed: .above(0),
                "Its learning rate, in learning rates of the policy."),
        ]
    }
}

extension Configuration {
    /// A new value network, where the algorithm has one.
    func valueNetwork(of model: LanguageModel) throws -> ValueNetwork? {
        try algorithm.valueForm.map { try ValueNetwork($0, of: model) }
    }

    /// PPO compares nothing within a group: what only makes sense there is refused, not ignored.
    func validateAlgorithm() throws(ConfigurationError) {
        guard algorithm.isPPO else { return }
        let defaults = Objective()
        let unused: [(path: [String], isSet: Bool)] = [
            (["objective", "advantage"], objective.advantage != defaults.advantage),
            (["objective", "truncated"], objective.truncated != defaults.truncated),
            (["objective", "mini_batches"], objective.miniBatches != defaults.miniBatches),
            (["rollout", "filter"], rollout.filter != .keepAll),
            (["rewards"], rewards.contains { $0.ramp != nil }),
            (["reference_update"], referenceUpdate != .frozen),
        ]
        guard let first = unused.first(where: \.isSet) else { return }
        throw ConfigurationError(
            first.path,
            .conflict(
                "PPO does not use this. Leave it as it is by default, or choose algorithm grpo."))
    }
}
