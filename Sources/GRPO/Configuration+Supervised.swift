/// All that a supervised warm start depends on, as it stands in a YAML file.
///
/// The loss is on the tokens of the answer only.
public struct SupervisedConfiguration: Sendable, Equatable {
    /// The model, the run folder, the seed and the machine.
    public var run: Configuration.Run
    /// What is trained instead of all weights, if anything.
    public var lora = Configuration.Adapter()
    /// The prompts and their answers.
    public var data: Configuration.Data
    /// The optimizer and its learning rate.
    public var optimizer = Self.optimizer
    /// The length of the run.
    public var training: Training

    /// The length of a supervised run.
    public struct Training: Sendable, Equatable {
        /// Rows a step.
        public var batchSize = 32
        /// Steps of the run; either these or `epochs`.
        public var steps: Int?
        /// Times that every row is seen; either these or `steps`.
        public var epochs: Int?
        /// The most tokens of one forward and backward pass.
        public var microBatchTokens = 16_384
        /// Steps between saved models; 0 for one at the end.
        public var saveEvery = 0
        /// Steps between checkpoints; 0 for those that are asked for by a signal alone.
        public var checkpointEvery = 0
        /// The newest checkpoints that stay.
        public var keepCheckpoints = 2
        /// So many optimizer steps in a row whose loss or gradient is not finite end the run.
        public var maxNonFiniteSteps = 3
        /// What becomes of the run where a model cannot be saved or a log line cannot be written.
        public var onSaveFailure = SaveFailurePolicy.continue
        /// Whether each block is computed again for its gradient.
        public var gradientCheckpointing = false

        /// A run without a length.
        init() {}

        /// A run of that many steps.
        public init(steps: Int) { self.steps = steps }

        /// A run that sees every row that many times.
        public init(epochs: Int) { self.epochs = epochs }
    }

    /// A configuration with the defaults for all that is not given.
    public init(run: Configuration.Run, data: Configuration.Data, training: Training) {
        self.run = run
        self.data = data
        self.training = training
    }

    init() {
        self.init(run: Configuration.Run(), data: Configuration.Data(), training: Training())
    }

    /// Imitation takes larger steps than GRPO (TRL's SFT: 2e-5).
    private static var optimizer: Configuration.Optimizer {
        var optimizer = Configuration.Optimizer()
        optimizer.learningRate = 2e-5
        return optimizer
    }
}

extension SupervisedConfiguration: ConfigurationSection {
    var fields: [ConfigurationField<Self>] {
        Configuration.Run.shared.map { ConfigurationField($0, of: \.run) } + [
            ConfigurationField(
                "lora", \.lora, "A low-rank adapter, trained instead of all weights."),
            ConfigurationField("data", \.data, "The prompts and their answers."),
            ConfigurationField("optimizer", \.optimizer, "AdamW and its learning rate."),
            ConfigurationField("training", \.training, "The length of the run."),
        ]
    }

    func validateTogether(at path: [String]) throws(ConfigurationError) {
        if data.answer == nil {
            throw ConfigurationError(
                ["data", "answer"],
                .conflict(
                    "a supervised run learns the answers, so it needs a template for them, "
                        + "for example \"{answer}\"."))
        }
        if data.test != nil {
            throw ConfigurationError(
                ["data", "test"],
                .conflict(
                    "a supervised run does not evaluate. Leave the key out, and use grpo eval "
                        + "on the model that it writes."))
        }
        if let steps = training.steps { try optimizer.validate(steps: steps) }
    }
}

extension SupervisedConfiguration.Training: ConfigurationSection {
    var fields: [ConfigurationField<Self>] {
        [
            ConfigurationField("batch_size", \.batchSize, allowed: .atLeast(1), "Rows a step."),
            ConfigurationField(
                "steps", \.steps, allowed: .ifPresent(.atLeast(1)),
                "Steps of the run; either these or epochs."),
            ConfigurationField(
                "epochs", \.epochs, allowed: .ifPresent(.atLeast(1)),
                "Times that every row is seen; either these or steps."),
            .microBatchTokens(\.microBatchTokens),
            .saveEvery(\.saveEvery),
            .checkpointEvery(\.checkpointEvery),
            .keepCheckpoints(\.keepCheckpoints),
            .maxNonFiniteSteps(\.maxNonFiniteSteps), .onSaveFailure(\.onSaveFailure),
            .gradientCheckpointing(\.gradientCheckpointing),
        ]
    }

    func validateTogether(at path: [String]) throws(ConfigurationError) {
        guard (steps == nil) == (epochs == nil) else { return }
        let found = steps == nil ? "neither training.steps nor training.epochs" : "both"
        throw ConfigurationError(
            path,
            .notAllowed(
                allowed: "either training.steps or training.epochs", found: found,
                why: "They say how long the run is. Set one of them; null takes the other back."))
    }
}
