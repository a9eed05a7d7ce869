extension Configuration {
    /// The objective: each choice is its own.
    public struct Objective: Sendable, Equatable {
        /// The baseline and scale that turn rewards into advantages.
        public var advantage = AdvantageEstimator.groupMeanAndDeviation(epsilon: 1e-4)
        /// Which ratio stands before the advantage.
        public var ratio = Ratio.token
        /// What keeps the update near the policy that sampled.
        public var trustRegion = TrustRegion.clip(low: 0.2, high: 0.2)
        /// How the losses of tokens become the loss of the step; a constant length of 0 stands for
        /// `rollout.max_new_tokens`.
        public var aggregation = Aggregation.tokenMean
        /// Whether completions without a trained token count in means over completions.
        public var countsEmpty = true
        /// The distance to the reference.
        public var kl = Divergence()
        /// What the loss gives for entropy.
        public var entropy = EntropyBonus.none
        /// The share of tokens, those of the highest entropy, that are trained on.
        public var topEntropyShare = 1.0
        /// How far off the policy a completion of negative advantage may be; `nil` for any.
        public var offPolicyThreshold: Double?
        /// What becomes of completions that the length limit ended.
        public var truncated = TruncationPolicy.train
        /// How often the update goes over the same rollouts.
        public var passes = 1
        /// Optimizer steps a pass.
        public var miniBatches = 1

        /// The usual choices.
        public init() {}
    }
}

extension Configuration.Objective: ConfigurationSection {
    var fields: [ConfigurationField<Self>] { choices + numbers }

    private var choices: [ConfigurationField<Self>] {
        [
            ConfigurationField(
                "advantage", \.advantage, "Baseline and scale of the rewards."),
            ConfigurationField(
                "ratio", \.ratio,
                "Ratio to the policy that sampled: of the token, or of the completion (GSPO, GMPO)."
            ),
            ConfigurationField(
                "trust_region", \.trustRegion,
                "What keeps the update near the policy that sampled."),
            ConfigurationField(
                "aggregation", \.aggregation, "How tokens add up to the loss of the step."),
            ConfigurationField(
                "kl", \.kl, "Distance to the reference; a number alone is its coefficient."),
            ConfigurationField("entropy", \.entropy, "What the loss gives for entropy."),
            ConfigurationField(
                "truncated", \.truncated,
                "Completions that the limit ended: trained on, masked, or penalised (DAPO)."),
        ]
    }

    private var numbers: [ConfigurationField<Self>] {
        [
            ConfigurationField(
                "counts_empty", \.countsEmpty,
                "Whether fully masked completions count in means over completions (TRL: yes, verl: no)."
            ),
            ConfigurationField(
                "top_entropy_share", \.topEntropyShare, allowed: .above(0, upTo: 1, ""),
                "Share of tokens, by entropy, that are trained on (TRL: top_entropy_quantile)."),
            ConfigurationField(
                "off_policy_threshold", \.offPolicyThreshold, allowed: .ifPresent(.atLeast(0)),
                "Leaves completions of negative advantage out that are further off the policy."),
            ConfigurationField(
                "passes", \.passes, allowed: .atLeast(1),
                "How often the update goes over the rollouts (TRL: num_iterations)."),
            ConfigurationField(
                "mini_batches", \.miniBatches, allowed: .atLeast(1),
                "Optimizer steps a pass, each over a share of the groups."),
        ]
    }

    func validateTogether(at path: [String]) throws(ConfigurationError) {
        do {
            try policyObjective(limit: 1).validate()
        } catch {
            throw ConfigurationError(path, .conflict("\(error)"))
        }
    }

    /// The objective that trains; `limit` is the most tokens of a completion.
    func policyObjective(limit: Int) -> PolicyObjective {
        var objective = PolicyObjective()
        objective.ratio = ratio
        objective.trustRegion = trustRegion
        objective.aggregation =
            aggregation == .constantLength(0) ? .constantLength(limit) : aggregation
        objective.countsEmptyCompletions = countsEmpty
        objective.divergence = kl.divergence
        objective.entropyBonus = entropy
        objective.topEntropyShare = topEntropyShare
        objective.offPolicyThreshold = offPolicyThreshold
        return objective
    }
}

extension Aggregation: ConfigurationVariant {
    enum Kind: String, ConfigurationChoice {
        case tokenMean = "token_mean"
        case sequenceMean = "sequence_mean"
        case promptMean = "prompt_mean"
        case constantLength = "constant_length"
        case sequenceSum = "sequence_sum"
        case microBatchTokenMean = "micro_batch_token_mean"
    }

    init(kind: Kind) {
        self =
            switch kind {
            case .tokenMean: .tokenMean
            case .sequenceMean: .sequenceMean
            case .promptMean: .promptMean
            case .constantLength: .constantLength(0)
            case .sequenceSum: .sequenceSum
            case .microBatchTokenMean: .microBatchTokenMean
            }
    }

    var kind: Kind {
        switch self {
        case .tokenMean: .tokenMean
        case .sequenceMean: .sequenceMean
        case .promptMean: .promptMean
        case .constantLength: .constantLength
        case .sequenceSum: .sequenceSum
        case .microBatchTokenMean: .microBatchTokenMean
        }
    }

    var numbers: [ConfigurationField<Self>] {
        guard case .constantLength(let length) = self else { return [] }
        return [
            ConfigurationField(
                "length", length, allowed: .atLeast(0),
                "Tokens that each completion counts as; 0 for rollout.max_new_tokens.",
                with: { .constantLength($0) })
        ]
    }
}

extension EntropyBonus: ConfigurationVariant {
    enum Kind: String, ConfigurationChoice { case none, fixed, adaptive }

    init(kind: Kind) {
        self =
            switch kind {
            case .none: .none
            case .fixed: .fixed(0.001)
            case .adaptive: .adaptive(target: 0.2)
            }
    }

    var kind: Kind {
        switch self {
        case .none: .none
        case .fixed: .fixed
        case .adaptive: .adaptive
        }
    }

    var numbers: [ConfigurationField<Self>] {
        switch self {
        case .none: []
        case .fixed(let value):
            [ConfigurationField("coefficient", value, "Of the bonus.", with: { .fixed($0) })]
        case .adaptive(let target, let step, let range, let initial):
            [
                ConfigurationField(
                    "target", target, allowed: .above(0), "Entropy below which it acts, in nats.",
                    with: { .adaptive(target: $0, step: step, range: range, initial: initial) }),
                ConfigurationField(
                    "step", step, allowed: .above(0), "Change of the coefficient a step.",
                    with: { .adaptive(target: target, step: $0, range: range, initial: initial) }),
                ConfigurationField(
                    "maximum", range.upperBound, allowed: .above(0), "Largest coefficient.",
                    with: {
                        .adaptive(
                            target: target, step: step, range: 0...max($0, 0), initial: initial)
                    }),
            ]
        }
    }
}

extension TruncationPolicy: ConfigurationVariant {
    enum Kind: String, ConfigurationChoice { case train, mask, penalize }

    init(kind: Kind) {
        self =
            switch kind {
            case .train: .train
            case .mask: .mask
            case .penalize: .penalize(SoftOverlongPenalty(buffer: 64))
            }
    }

    var kind: Kind {
        switch self {
        case .train: .train
        case .mask: .mask
        case .penalize: .penalize
        }
    }

    var numbers: [ConfigurationField<Self>] {
        guard case .penalize(let penalty) = self else { return [] }
        return [
            ConfigurationField(
                "buffer", penalty.buffer, allowed: .atLeast(1),
                "Last tokens before the limit over which the penalty grows to 1.",
                with: { .penalize(SoftOverlongPenalty(buffer: $0, weight: penalty.weight)) }),
            ConfigurationField(
                "weight", penalty.weight, allowed: .above(0), "Factor of the penalty.",
                with: { .penalize(SoftOverlongPenalty(buffer: penalty.buffer, weight: $0)) }),
        ]
    }
}
