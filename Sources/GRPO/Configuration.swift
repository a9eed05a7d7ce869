import NeuralNetwork

/// All that a GRPO run depends on, as it stands in a YAML file.
///
///     let configuration = try Configuration.read(
///         file: "train.yaml", overrides: ["rollout.group_size=16"])
///
/// Only the trainer and the program see it; the algorithm takes the values it uses. Relative paths
/// are relative to the current working directory, as in TRL, and not to the file.
public struct Configuration: Sendable, Equatable {
    /// The published choice that the others say their differences from.
    public var preset: Preset?
    /// The model, the run folder, the seed and the machine.
    public var run: Run
    /// What is the baseline: the group, or a value network.
    public var algorithm = AlgorithmChoice.grpo
    /// The model that the policy should not move far from; `nil` for the initial one.
    public var reference: String?
    /// What becomes of the reference over the run.
    public var referenceUpdate = ReferenceUpdate.frozen
    /// The prompts.
    public var data: Data
    /// What completions are scored by.
    public var rewards: [RewardConfiguration]
    /// How completions are sampled.
    public var rollout = Rollout()
    /// What is trained instead of all weights, if anything.
    public var lora = Adapter()
    /// The loss.
    public var objective = Objective()
    /// The optimizer and its learning rate.
    public var optimizer = Optimizer()
    /// The length of the run and what happens on the way.
    public var training: Training
    /// When and how the run evaluates.
    public var evaluate = Evaluation()

    /// A configuration with the defaults for all that is not given.
    public init(run: Run, data: Data, rewards: [RewardConfiguration], training: Training) {
        self.run = run
        self.data = data
        self.rewards = rewards
        self.training = training
    }

    init() {
        self.init(run: Run(), data: Data(), rewards: [], training: Training())
    }
}

extension Configuration: ConfigurationSection {
    var fields: [ConfigurationField<Self>] {
        [
            ConfigurationField(
                "preset", \.preset, "Published choice that this one says its differences from.")
        ] + Run.shared.map { ConfigurationField($0, of: \.run) } + [
            ConfigurationField(
                "algorithm", \.algorithm,
                "What is the baseline: the group (GRPO), or a value network (PPO)."),
            ConfigurationField(
                "reference", \.reference, allowed: .ifPresent(.path),
                "Folder of the model that the policy should not move far from; null for the "
                    + "initial model. Loaded only where objective.kl is not 0."),
            ConfigurationField(
                "reference_update", \.referenceUpdate,
                "Frozen, or mixed with the policy every so many steps (TRL: sync_ref_model)."),
            ConfigurationField(
                "lora", \.lora, "A low-rank adapter, trained instead of all weights."),
            ConfigurationField("data", \.data, "The prompts."),
            ConfigurationField(
                "rewards", \.rewards, isRequired: true,
                allowed: .notEmpty(
                    "at least one reward",
                    "Without a reward there is nothing to learn from; add, for example, "
                        + "{kind: exact}."),
                "What completions are scored by; the score is the weighted sum."),
            ConfigurationField("rollout", \.rollout, "How completions are sampled."),
            ConfigurationField("objective", \.objective, "The loss."),
            ConfigurationField("optimizer", \.optimizer, "AdamW and its learning rate."),
            ConfigurationField("training", \.training, "The length of the run."),
            ConfigurationField("evaluate", \.evaluate, "When and how the run evaluates."),
        ]
    }

    func validateTogether(at path: [String]) throws(ConfigurationError) {
        try optimizer.validate(steps: training.steps)
        try validateRewards()
        try validateEvaluation()
        try validateAlgorithm()
        try validateAdapter()
        try validateSampling()
    }

    private func validateSampling() throws(ConfigurationError) {
        if rollout.filter != .keepAll, rollout.reserve == 0 {
            throw ConfigurationError(
                ["rollout", "reserve"],
                .conflict(
                    "rollout.filter leaves groups out, and no prompt may be sampled in their place. "
                        + "Set rollout.reserve (twice prompts_per_step is usual), or filter none."))
        }
        if case .penalize(let penalty) = objective.truncated,
            penalty.buffer >= rollout.maxNewTokens
        {
            throw ConfigurationError(
                ["objective", "truncated", "buffer"],
                .conflict(
                    "a buffer of \(penalty.buffer) tokens is not below the limit of "
                        + "\(rollout.maxNewTokens) (rollout.max_new_tokens), so every completion "
                        + "would be penalised. Lower the buffer."))
        }
    }

    private func validateRewards() throws(ConfigurationError) {
        if rewards.allSatisfy({ $0.weight == 0 }) {
            throw ConfigurationError(
                ["rewards"],
                .conflict(
                    "every weight is 0, so no completion is better than another. "
                        + "Give at least one reward another weight (1 is usual)."))
        }
        for (place, reward) in rewards.enumerated() where reward.needsAnswer && data.answer == nil {
            throw ConfigurationError(
                ["rewards", "\(place)"],
                .conflict(
                    "\(reward.kind.rawValue) compares with the answer, and data.answer is null. "
                        + "Set data.answer, or leave the reward out."))
        }
        for (place, reward) in rewards.enumerated()
        where rewards[..<place].contains(where: { $0.label == reward.label }) {
            throw ConfigurationError(
                ["rewards", "\(place)"],
                .conflict(
                    "two rewards are called \"\(reward.label)\", and each is logged by its name. "
                        + "Give one of them another name."))
        }
    }
}

extension Configuration {
    /// The model, the run folder, the seed and the machine.
    public struct Run: Sendable, Equatable {
        /// The folder of the model that is trained, in Hugging Face's layout.
        public var model: String
        /// The folder of the run, which must not exist yet.
        public var output: String
        /// From which every random number of the run is derived.
        public var seed = 0
        /// Where the tensors lie.
        public var device = DeviceChoice.auto
        /// CPU threads; 0 for one a core.
        public var threads = 0
        /// The type that models are saved in; `nil` for that of the weights in memory.
        public var saveDType: SaveType?
        /// The most gigabytes of weights in one file of a saved model.
        public var shardGigabytes = 5.0

        /// A run of `model` into `output`.
        public init(model: String, output: String) {
            self.model = model
            self.output = output
        }

        init() { self.init(model: "", output: "") }

        static var shared: [ConfigurationField<Self>] {
            [
                ConfigurationField(
                    "model", \.model, isRequired: true, allowed: .path,
                    "Folder of the model that is trained, in Hugging Face's layout."),
                ConfigurationField(
                    "output", \.output, isRequired: true, allowed: .path,
                    "Folder of the run; it must not exist yet."),
                ConfigurationField(
                    "seed", \.seed, allowed: .atLeast(0),
                    "From which every random number of the run is derived."),
                ConfigurationField(
                    "device", \.device,
                    "Where the tensors lie; auto is the first CUDA device, else the CPU."),
                ConfigurationField(
                    "threads", \.threads, allowed: .atLeast(0), "CPU threads; 0 for one a core."),
                ConfigurationField(
                    "save_dtype", \.saveDType,
                    "Type that models are saved in; null for that of the weights in memory."),
                ConfigurationField(
                    "shard_gigabytes", \.shardGigabytes, allowed: .above(0),
                    "Most gigabytes of weights in one file; more are saved in shards."),
            ]
        }
    }
}

extension ConfigurationRule where Value == String {
    /// The rule for a path.
    static var path: Self { .notEmpty("a path") }
}
