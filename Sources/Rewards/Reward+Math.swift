extension Reward {
    /// 1 where the completion's mathematical answer equals the data row's, else 0.
    ///
    /// Both are read as LaTeX or plain mathematics into expressions and compared by value: fractions
    /// exactly, everything else in 31 digits within the bound of its own rounding, at 24 fixed places
    /// where there are variables. Sets have no order, tuples and intervals have; see
    /// Documentation/verifiers.md for what is read and how it differs from math_verify.
    ///
    /// A completion whose answer cannot be read scores 0, as a wrong one does. An answer of the data
    /// that cannot be read or computed throws `RewardError.unreadableAnswer`, in ``check`` already.
    ///
    /// - Parameters:
    ///   - name: the name under which it is logged.
    ///   - weight: what the score is multiplied by.
    ///   - extracting: where in the completion the answer stands.
    ///   - tolerance: the largest absolute difference of constants that still counts as equal.
    /// - Returns: the reward.
    public static func math(
        name: String = "math", weight: Double = 1, extracting: AnswerExtractor = .final,
        tolerance: Double = 0
    ) -> Reward {
        let read: @Sendable (RewardInput) throws -> (text: String, answer: MathAnswer)? = { input in
            for text in try extracting.answers(in: input.completion, reward: name) {
                if let found = MathReader.answer(in: text) { return (text, found) }
            }
            return nil
        }
        return Reward(name, weight: weight, check: { _ = try expectedMath($0, reward: name) }) {
            input in
            let expected = try expectedMath(input, reward: name)
            let tolerance = try exactTolerance(tolerance, reward: name)
            return try read(input)?.answer.equals(expected, tolerance: tolerance) == true ? 1 : 0
        }
        .reading { try read($0).map { ReadAnswer($0.text, $0.answer) } }
    }
}

private func expectedMath(_ input: RewardInput, reward: String) throws(RewardError) -> MathAnswer {
    guard let answer = input.answer else { throw .missingAnswer(reward: reward) }
    guard let expected = MathReader.answer(in: FinalAnswer.expected(in: answer)),
        expected.isDefined
    else {
        throw .unreadableAnswer(
            reward: reward, answer: answer, expected: "mathematics that can be read and computed")
    }
    return expected
}
