public import NeuralNetwork

/// The scale of the advantages, by the name that it has in a configuration.
public enum AdvantageChoice: String, Sendable, CaseIterable {
    /// `r − mean` (the article; Dr. GRPO, Liu et al. 2025).
    case mean
    /// `(r − mean) / deviation`, sample deviation (DeepSeekMath, Shao et al. 2024).
    case meanAndDeviation = "mean_std"
}

/// How tokens add up, by the name that it has in a configuration.
public enum AggregationChoice: String, Sendable, CaseIterable {
    /// `Aggregation.tokenMean`
    case tokenMean = "token_mean"
    /// `Aggregation.sequenceMean`
    case sequenceMean = "sequence_mean"
}

extension AdvantageChoice: ConfigurationChoice {}
extension AggregationChoice: ConfigurationChoice {}
extension LearningRateSchedule.Shape: ConfigurationChoice {}

extension Configuration {
    /// The loss.
    public struct Objective: Sendable, Equatable {
        /// The baseline and scale that turn rewards into advantages.
        public var advantage = AdvantageChoice.meanAndDeviation
        /// How the losses of tokens become the loss of the step.
        public var aggregation = AggregationChoice.tokenMean
        /// ε below: the ratio is clipped at 1 − `clipLow`.
        public var clipLow = 0.2
        /// ε above: the ratio is clipped at 1 + `clipHigh`.
        public var clipHigh = 0.2
        /// β, the coefficient of the k3 divergence from the reference; 0 for no reference.
        public var kl = 0.0
        /// Optimizer steps on the same rollouts.
        public var passes = 1

        /// The usual choices.
        public init() {}
    }

    /// AdamW and its learning rate.
    public struct Optimizer: Sendable, Equatable {
        /// The largest learning rate.
        public var learningRate = 1e-6
        /// What follows the warm-up.
        public var schedule = LearningRateSchedule.Shape.linear
        /// The steps over which the learning rate rises.
        public var warmupSteps = 0
        /// The share of each weight that a step of learning rate 1 would take away.
        public var weightDecay = 0.0
        /// The decay of the first moment.
        public var beta1 = 0.9
        /// The decay of the second moment.
        public var beta2 = 0.999
        /// Added to the root of the second moment.
        public var epsilon = 1e-8
        /// The norm that the gradient is clipped to.
        public var maxGradientNorm = 1.0

        /// The usual choices.
        public init() {}

        func validate(steps: Int) throws(ConfigurationError) {
            guard warmupSteps > steps else { return }
            throw ConfigurationError(
                ["optimizer", "warmup_steps"],
                .conflict(
                    "the warm-up of \(warmupSteps) steps is longer than the run of \(steps) "
                        + "(training.steps), so the learning rate would never be reached. "
                        + "Make the warm-up shorter or the run longer."))
        }
    }
}

extension Configuration.Objective: ConfigurationSection {
    var fields: [ConfigurationField<Self>] {
        [
            ConfigurationField(
                "advantage", \.advantage,
                "Reward minus the group's mean, or that over its sample deviation plus 1e-4."),
            ConfigurationField(
                "aggregation", \.aggregation,
                "Mean over all tokens of the step (DAPO), or over completions of their mean (GRPO)."
            ),
            ConfigurationField(
                "clip_low", \.clipLow, allowed: .within(0...1),
                "The ratio is clipped at 1 - clip_low (TRL: epsilon)."),
            ConfigurationField(
                "clip_high", \.clipHigh, allowed: .atLeast(0),
                "The ratio is clipped at 1 + clip_high (TRL: epsilon_high)."),
            ConfigurationField(
                "kl", \.kl, allowed: .atLeast(0),
                "Coefficient of the k3 divergence from the reference; 0 for none (TRL: beta)."),
            ConfigurationField(
                "passes", \.passes, allowed: .atLeast(1),
                "Optimizer steps on the same rollouts (TRL: num_iterations)."),
        ]
    }
}

extension Configuration.Optimizer: ConfigurationSection {
    var fields: [ConfigurationField<Self>] {
        [
            ConfigurationField(
                "learning_rate", \.learningRate, allowed: .above(0), "Largest learning rate."),
            ConfigurationField(
                "schedule", \.schedule,
                "After the warm-up: the peak to the end, a line to 0, or half a cosine to 0."),
            ConfigurationField(
                "warmup_steps", \.warmupSteps, allowed: .atLeast(0),
                "Steps over which the learning rate rises."),
            ConfigurationField(
                "weight_decay", \.weightDecay, allowed: .atLeast(0),
                "Share of each weight that a step of learning rate 1 would take away."),
            ConfigurationField(
                "beta1", \.beta1, allowed: .from(0, below: 1), "Decay of the first moment, AdamW."),
            ConfigurationField(
                "beta2", \.beta2, allowed: .from(0, below: 1), "Decay of the second moment, AdamW."),
            ConfigurationField(
                "epsilon", \.epsilon, allowed: .above(0),
                "Added to the root of the second moment, AdamW."),
            ConfigurationField(
                "max_gradient_norm", \.maxGradientNorm, allowed: .above(0),
                "Norm that the gradient is clipped to (TRL: max_grad_norm)."),
        ]
    }
}
