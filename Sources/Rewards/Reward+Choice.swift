extension Reward {
    /// 1 where the completion names the choice that the data row's answer is, else 0.
    ///
    /// A choice is a letter from A to J, in any of the usual forms: "B", "(B)", "B.", "B) Paris",
    /// `\boxed{\text{(B)}}`, "the answer is B"; or, where the row has the choices, the text of one.
    /// A completion that names two ("B or C"), or none, scores 0.
    ///
    /// - Parameters:
    ///   - name: the name under which it is logged.
    ///   - weight: what the score is multiplied by.
    ///   - extracting: where in the completion the choice stands.
    ///   - choices: the row's field that holds the choices: a list of texts, texts by letter, or
    ///     `{"label": […], "text": […]}`; without it the answer must be a letter.
    /// - Returns: the reward.
    public static func choice(
        name: String = "choice", weight: Double = 1, extracting: AnswerExtractor = .final,
        choices: String? = nil
    ) -> Reward {
        let expected: @Sendable (RewardInput) throws -> (ChoiceReader, Character) = { input in
            guard let answer = input.answer else { throw RewardError.missingAnswer(reward: name) }
            let reader = ChoiceReader(
                texts: try choiceTexts(field: choices, row: input.row, reward: name))
            guard let letter = reader.letter(of: answer) else {
                throw RewardError.unreadableAnswer(
                    reward: name, answer: answer,
                    expected: choices == nil
                        ? "a letter from A to J" : "the letter or the text of one of the choices")
            }
            return (reader, letter)
        }
        let read: @Sendable (RewardInput, ChoiceReader) throws -> Character? = { input, reader in
            let candidates = try extracting.answers(in: input.completion, reward: name)
            return reader.choice(among: candidates, of: input.completion)
        }
        return Reward(name, weight: weight, check: { _ = try expected($0) }) { input in
            let (reader, letter) = try expected(input)
            return try read(input, reader) == letter ? 1 : 0
        }
        .reading { input in
            try read(input, try expected(input).0).map { ReadAnswer(String($0)) }
        }
    }
}

/// The texts of a row's choices, in the order of their letters.
private func choiceTexts(
    field: String?, row: [String: JSONValue], reward: String
) throws(RewardError) -> [String] {
    guard let field else { return [] }
    guard let value = row[field] else {
        throw .missingField(reward: reward, field: field, known: row.keys.sorted())
    }
    let texts: [String]? =
        switch value {
        case .array(let values): values.map(\.text)
        case .object(let members):
            if case .array(let values)? = members["text"] {
                values.map(\.text)
            } else {
                members.sorted { $0.key < $1.key }.map(\.value.text)
            }
        default: nil
        }
    guard let texts, (2...ChoiceReader.allLetters.count).contains(texts.count) else {
        throw .invalidField(
            reward: reward, field: field, expected: "2 to 10 choices", found: value.text)
    }
    return texts
}
