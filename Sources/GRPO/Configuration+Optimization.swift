public import NeuralNetwork

extension LearningRateSchedule.Shape: ConfigurationChoice {}

extension Configuration {
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
