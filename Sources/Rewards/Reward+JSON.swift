extension Reward {
    /// 1 where the completion is JSON that keeps to a schema, else 0.
    ///
    /// JSON as RFC 8259 has it, with each key of an object once and at most 100 values inside each
    /// other; text around it is a fault unless the extractor leaves it out.
    ///
    /// - Parameters:
    ///   - name: the name under which it is logged.
    ///   - weight: what the score is multiplied by.
    ///   - extracting: where in the completion the JSON stands.
    ///   - schema: what the value must be like; `nil` for any value.
    /// - Returns: the reward.
    public static func json(
        name: String = "json", weight: Double = 1, extracting: AnswerExtractor = .whole,
        schema: JSONSchema? = nil
    ) -> Reward {
        let read: @Sendable (RewardInput) throws -> (text: String, value: JSONValue)? = { input in
            guard let text = try extracting.answer(in: input.completion, reward: name),
                let value = try? JSONLine.value(of: Array(text.utf8)[...])
            else { return nil }
            return (text, value)
        }
        return Reward(name, weight: weight) { input in
            guard let value = try read(input)?.value else { return 0 }
            return try schema?.accepts(value, reward: name) ?? true ? 1 : 0
        }
        .reading { try read($0).map { ReadAnswer($0.text, comparedAs: $0.value.text) } }
    }
}
