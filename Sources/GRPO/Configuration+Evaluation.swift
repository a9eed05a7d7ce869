extension Configuration {
    /// When and how a run evaluates, and what its best model is.
    public struct Evaluation: Sendable, Equatable {
        /// Steps between evaluations; 0 for none. The last step has one too.
        public var every = 0
        /// Sampled completions a prompt, beside the greedy one; 0 for none.
        public var samples = 1
        /// The k of pass@k.
        public var passAt: [Int] = []
        /// The k of majority@k.
        public var majorityAt: [Int] = []
        /// Only the first held-out prompts; `nil` for all.
        public var limit: Int?
        /// The number that the best model has the highest of.
        public var best = "accuracy/greedy"

        /// No evaluation.
        public init() {}

        /// What `best` can be.
        var candidates: [String] {
            let kinds = samples > 0 ? ["greedy", "sampled"] : ["greedy"]
            return kinds.map { "accuracy/\($0)" } + passAt.map { "pass@\($0)" }
                + majorityAt.map { "majority@\($0)" } + kinds.map { "reward/\($0)" }
        }
    }

    /// How the run evaluates.
    public var evaluationSettings: EvaluationSettings {
        var settings = EvaluationSettings(
            generation: rollout.generation, samples: evaluate.samples, passAt: evaluate.passAt,
            majorityAt: evaluate.majorityAt, seed: UInt64(run.seed))
        settings.maxFailureShare = training.maxFailureShare
        return settings
    }
}

extension Configuration.Evaluation: ConfigurationSection {
    var fields: [ConfigurationField<Self>] {
        [
            ConfigurationField(
                "every", \.every, allowed: .atLeast(0),
                "Steps between evaluations on data.test; 0 for none. The last step has one too."),
            ConfigurationField(
                "samples", \.samples, allowed: .atLeast(0),
                "Sampled completions a prompt, beside the greedy one; 0 for none."),
            ConfigurationField(
                "pass_at", \.passAt, allowed: .counts,
                "The k of pass@k, each at most evaluate.samples."),
            ConfigurationField(
                "majority_at", \.majorityAt, allowed: .counts,
                "The k of majority@k, each at most evaluate.samples."),
            ConfigurationField(
                "limit", \.limit, allowed: .ifPresent(.atLeast(1)),
                "Only the first rows of data.test; null for all."),
            ConfigurationField(
                "best", \.best,
                "Number that the model in RUN/best has the highest of: accuracy/greedy, "
                    + "accuracy/sampled, pass@K, majority@K, reward/greedy or reward/sampled."),
        ]
    }

    func validateTogether(at path: [String]) throws(ConfigurationError) {
        for (key, list) in [("pass_at", passAt), ("majority_at", majorityAt)] {
            guard let k = list.first(where: { $0 > samples }) else { continue }
            throw ConfigurationError(
                path + [key],
                .conflict(
                    "\(k) of \(samples) samples cannot be chosen. Raise evaluate.samples to \(k) "
                        + "or more, or lower the k."))
        }
        guard !candidates.contains(best) else { return }
        throw ConfigurationError(
            path + ["best"],
            .conflict("\"\(best)\" is not measured here; \(listed(candidates)) are."))
    }
}

extension ConfigurationRule where Value == [Int] {
    fileprivate static var counts: Self {
        Self(allowed: "numbers of 1 or more, each once", why: "") { list in
            Set(list).count == list.count && list.allSatisfy { $0 >= 1 }
        }
    }
}

extension Configuration {
    func validateEvaluation() throws(ConfigurationError) {
        guard evaluate.every > 0 else { return }
        if data.test == nil {
            throw ConfigurationError(
                ["evaluate", "every"],
                .conflict(
                    "evaluation needs held-out prompts, and data.test is not set. "
                        + "Set data.test, or evaluate.every to 0."))
        }
        guard !evaluate.majorityAt.isEmpty, let first = rewards.first, !first.readsAnswers else {
            return
        }
        throw ConfigurationError(
            ["evaluate", "majority_at"],
            .conflict("\(EvaluationError.noAnswers(reward: first.label))"))
    }
}
