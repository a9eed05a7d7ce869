extension Configuration {
    /// The prompts, as JSON Lines, and how a row of them becomes text.
    public struct Data: Sendable, Equatable {
        /// The file with the training prompts.
        public var train: String
        /// The file with the held-out prompts.
        public var test: String?
        /// The prompt made from a row.
        public var prompt = PromptTemplate(field: "prompt")
        /// The right answer made from a row; `nil` where the rows have none.
        public var answer: PromptTemplate? = PromptTemplate(field: "answer")
        /// How prompts that are messages become text.
        public var chat = Chat()
        /// Leaves the first rows of the training file out, such as those of a warm start.
        public var skip = 0
        /// Only so many rows of the training file; `nil` for all.
        public var limit: Int?

        /// The prompts of a file.
        public init(train: String) {
            self.train = train
        }

        init() { self.init(train: "") }
    }
}

extension Configuration.Data: ConfigurationSection {
    var fields: [ConfigurationField<Self>] {
        [
            ConfigurationField(
                "train", \.train, isRequired: true, allowed: .path,
                "JSON Lines file with the training prompts, one object a line."),
            ConfigurationField(
                "test", \.test, allowed: .ifPresent(.path),
                "JSON Lines file with held-out prompts; null for none."),
            ConfigurationField(
                "prompt", \.prompt,
                "Prompt made from a row: \"{question}\" stands for its field, {{ and }} for braces."
            ),
            ConfigurationField(
                "answer", \.answer, "Right answer made from a row; null where rows have none."),
            ConfigurationField("chat", \.chat, "How messages become text (chat template)."),
            ConfigurationField(
                "skip", \.skip, allowed: .atLeast(0),
                "Leaves the first rows of data.train out, such as those of a warm start."),
            ConfigurationField(
                "limit", \.limit, allowed: .ifPresent(.atLeast(1)),
                "Only so many rows of data.train; null for all."),
        ]
    }
}
