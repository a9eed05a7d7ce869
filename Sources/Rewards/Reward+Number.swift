extension Reward {
    /// 1 where the completion's number equals the answer's, else 0.
    ///
    /// Both are read by one parser (signs, thousands separators, decimals, fractions, percentages,
    /// scientific notation, currency signs, units, GSM8K's `####`) and compared exactly, as
    /// fractions: 0.1 + 0.2 is 0.3 here, and 10⁴⁰ is not 10⁴⁰ + 1. Units are not converted. A
    /// completion without a readable number scores 0; an answer that is not a number throws
    /// `RewardError.unreadableAnswer`.
    ///
    /// - Parameters:
    ///   - name: the name under which it is logged.
    ///   - weight: what the score is multiplied by.
    ///   - extracting: where in the completion the number stands.
    ///   - tolerance: the largest absolute difference that still counts as equal.
    /// - Returns: the reward.
    public static func number(
        name: String = "number", weight: Double = 1, extracting: AnswerExtractor = .lastNumber,
        tolerance: Double = 0
    ) -> Reward {
        let read: @Sendable (RewardInput) throws -> (text: String, number: NumericAnswer)? = {
            input in
            for text in try extracting.answers(in: input.completion, reward: name) {
                if let found = NumericAnswer(parsing: text) { return (text, found) }
            }
            return nil
        }
        return Reward(name, weight: weight, check: { _ = try expectedNumber($0, reward: name) }) {
            input in
            let expected = try expectedNumber(input, reward: name)
            let tolerance = try exactTolerance(tolerance, reward: name)
            return try read(input)?.number.equals(expected, tolerance: tolerance) == true ? 1 : 0
        }
        .reading { try read($0).map { ReadAnswer($0.text, $0.number) } }
    }
}

private func expectedNumber(
    _ input: RewardInput, reward: String
) throws(RewardError) -> NumericAnswer {
    guard let answer = input.answer else { throw .missingAnswer(reward: reward) }
    guard let expected = NumericAnswer(parsing: answer) else {
        throw .unreadableAnswer(reward: reward, answer: answer)
    }
    return expected
}

/// The tolerance as the decimal it was written as: 0.1 is 1/10, not the nearest `Double`.
func exactTolerance(_ tolerance: Double, reward: String) throws(RewardError) -> Rational {
    guard tolerance.isFinite, tolerance >= 0,
        let exact = NumericAnswer(parsing: "\(tolerance)")
    else {
        throw .invalidSetting(
            reward: reward, setting: "tolerance", expected: "a finite number of 0 or more",
            found: "\(tolerance)")
    }
    return exact.figure
}
