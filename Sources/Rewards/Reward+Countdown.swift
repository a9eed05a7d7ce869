extension Reward {
    /// 1 where the completion's arithmetic reaches the target from the given numbers, else 0.
    ///
    /// The data row holds `numbers`, a list of whole numbers of 0 or more, and `target`, a whole
    /// number. The expression may use each given number at most once, and `+ - * / ( )`, `× ÷ −`,
    /// and "= target" at the end; it is computed exactly, with fractions on the way. A row without
    /// these fields throws `RewardError.missingField` or `.invalidField`.
    ///
    /// - Parameters:
    ///   - name: the name under which it is logged.
    ///   - weight: what the score is multiplied by.
    ///   - extracting: where in the completion the expression stands.
    /// - Returns: the reward.
    public static func countdown(
        name: String = "countdown", weight: Double = 1, extracting: AnswerExtractor = .whole
    ) -> Reward {
        let read: @Sendable (RewardInput) throws -> (text: String, CountdownExpression)? = {
            input in
            guard let text = try extracting.answer(in: input.completion, reward: name) else {
                return nil
            }
            return CountdownExpression(parsing: text).map { (text, $0) }
        }
        return Reward(
            name, weight: weight, check: { _ = try CountdownPuzzle(row: $0.row, reward: name) }
        ) { input in
            let puzzle = try CountdownPuzzle(row: input.row, reward: name)
            guard let (_, expression) = try read(input) else { return 0 }
            return puzzle.isSolved(by: expression) ? 1 : 0
        }
        .reading { try read($0).map { ReadAnswer($0.text) } }
    }
}

/// The numbers and the target of a data row.
private struct CountdownPuzzle {
    let numbers: [Int]
    let target: Rational

    init(row: [String: JSONValue], reward: String) throws(RewardError) {
        func field(_ name: String) throws(RewardError) -> JSONValue {
            guard let value = row[name] else {
                throw .missingField(reward: reward, field: name, known: row.keys.sorted())
            }
            return value
        }
        let list = try field("numbers")
        let numbers = Self.wholeNumbers(list)
        guard let numbers, !numbers.isEmpty, numbers.allSatisfy({ $0 >= 0 }) else {
            throw .invalidField(
                reward: reward, field: "numbers", expected: "a list of whole numbers of 0 or more",
                found: list.text)
        }
        let goal = try field("target")
        guard let target = Self.wholeNumber(goal) else {
            throw .invalidField(
                reward: reward, field: "target", expected: "a whole number", found: goal.text)
        }
        self.numbers = numbers
        self.target = Rational(target)
    }

    func isSolved(by expression: CountdownExpression) -> Bool {
        guard expression.claim == nil || expression.claim == target else { return false }
        var left = Dictionary(numbers.map { ($0, 1) }, uniquingKeysWith: +)
        for number in expression.numbers {
            guard let count = left[number], count > 0 else { return false }
            left[number] = count - 1
        }
        return expression.value == target
    }

    private static func wholeNumbers(_ value: JSONValue) -> [Int]? {
        guard case .array(let values) = value else { return nil }
        let numbers = values.compactMap(wholeNumber)
        return numbers.count == values.count ? numbers : nil
    }

    private static func wholeNumber(_ value: JSONValue) -> Int? {
        guard case .number(let number) = value else { return nil }
        return Int(exactly: number).flatMap { $0.magnitude <= 1 << 53 ? $0 : nil }
    }
}
