extension Configuration {
    /// How completions are sampled.
    public struct Rollout: Sendable, Equatable {
        /// Prompts, and so groups, a step.
        public var promptsPerStep = 16
        /// G, completions a prompt.
        public var groupSize = 8
        /// The most tokens of a completion.
        public var maxNewTokens = 256
        /// The logits are divided by it.
        public var temperature = 1.0
        /// Only the k most probable tokens; 0 for all.
        public var topK = 0
        /// Only the fewest most probable tokens whose probabilities reach this sum; 1 for all.
        public var topP = 1.0
        /// Only tokens at least this share as probable as the most probable one; 0 for all.
        public var minP = 0.0
        /// Which groups are worth a place in the step.
        public var filter = GroupFilter.keepAll
        /// The most prompts a step that are sampled in place of those that `filter` refuses.
        public var reserve = 0
        /// Texts that end a completion.
        public var stop: [String] = []
        /// The most completions that are sampled at the same time; 0 for all.
        public var concurrentCompletions = 0
        /// Whether the model's stop tokens are sampled on past: for benchmarks.
        public var ignoreStop = false

        /// The usual choices.
        public init() {}
    }
}

extension Configuration.Rollout: ConfigurationSection {
    var fields: [ConfigurationField<Self>] {
        [
            ConfigurationField(
                "prompts_per_step", \.promptsPerStep, allowed: .atLeast(1),
                "Prompts, and so groups, a step."),
            ConfigurationField(
                "group_size", \.groupSize,
                allowed: .atLeast(
                    2,
                    "A group of one has nothing to compare with: its advantage is always 0. "
                        + "Use 2 or more (8 is usual)."),
                "G, completions a prompt (TRL: num_generations)."),
            ConfigurationField(
                "max_new_tokens", \.maxNewTokens, allowed: .atLeast(1),
                "Most tokens of a completion (TRL: max_completion_length)."),
            ConfigurationField(
                "temperature", \.temperature,
                allowed: .above(
                    0,
                    "At 0 the completions of a group are all the same, and so is their reward. "
                        + "Use 1 to sample from the policy as it is."),
                "The logits are divided by it."),
            ConfigurationField(
                "top_k", \.topK, allowed: .atLeast(0), "Only the k most probable tokens; 0 for all."
            ),
            ConfigurationField(
                "top_p", \.topP, allowed: .above(0, upTo: 1, "1 keeps every token."),
                "Only the fewest most probable tokens that reach this sum; 1 for all."),
            ConfigurationField(
                "min_p", \.minP, allowed: .within(0...1, "0 keeps every token."),
                "Only tokens at least this share as probable as the most probable; 0 for all."),
            ConfigurationField(
                "filter", \.filter,
                "Groups worth a place in the step: all, or those with a signal (DAPO)."),
            ConfigurationField(
                "reserve", \.reserve, allowed: .atLeast(0),
                "Most prompts a step that are sampled in place of those that filter refuses."),
            ConfigurationField(
                "stop", \.stop,
                allowed: ConfigurationRule(
                    allowed: "texts of at least one character",
                    why: "An empty text would end every completion before it begins."
                ) { !$0.contains("") },
                "Texts that end a completion, beside the model's stop tokens."),
            ConfigurationField(
                "concurrent_completions", \.concurrentCompletions, allowed: .atLeast(0),
                "Most completions sampled at the same time, for less memory; 0 for all."),
            ConfigurationField(
                "ignore_stop", \.ignoreStop,
                "Stop tokens are sampled on past, up to max_new_tokens: for benchmarks."),
        ]
    }
}
