import Rewards
import Testing

struct CountdownTests {
    @Test(arguments: [
        "9 + 20 - 7", "(9+20)-7", "20 + 9 - 7 = 22", " -7 + 9 + 20\n", "20 − 7 + 9",
        "9--20-7", "((((9))))+20-7", "7 × 9 ÷ 9 × 2 + 20 / 20 × 8 = 22",
    ])
    func acceptsArithmeticThatReachesTheTarget(_ completion: String) async throws {
        let numbers = [9, 7, 20, 9, 2, 20, 8]
        #expect(try await score(completion, numbers: numbers, target: 22) == 1)
    }

    @Test func fractionsOnTheWayAreExact() async throws {
        #expect(try await score("1 / 3 * 6", numbers: [1, 3, 6], target: 2) == 1)
        #expect(try await score("8 / (3 - 8 / 3)", numbers: [3, 3, 8, 8], target: 24) == 1)
        #expect(try await score("7 / 2", numbers: [7, 2], target: 3) == 0)
    }

    @Test(arguments: [
        ("another target", "9 + 20"),
        ("a number used twice", "9 + 20 - 7 + 9 - 9"),
        ("a number not given", "22"),
        ("a wrong claim", "9 + 20 - 7 = 23"),
        ("a claim without number", "9 + 20 - 7 ="),
        ("two claims", "9 + 20 - 7 = 22 = 22"),
        ("division by zero", "9 + 20 - 7 + 1 / (1 - 1)"),
        ("a power", "2 ** 4"),
        ("whole division", "44 // 2"),
        ("an implied product", "2(11)"),
        ("joined digits", "2 2"),
        ("a decimal", "22.0"),
        ("an open bracket", "(9 + 20 - 7"),
        ("a closing bracket", "9 + 20 - 7)"),
        ("an operator at the end", "9 + 20 - 7 +"),
        ("words", "the answer is 9 + 20 - 7"),
        ("code", "__import__('os').abort()"),
        ("nothing", ""),
        ("Arabic digits", "٩ + 20 - 7"),
        ("an overlong number", "00000000000000022"),
    ])
    func rejects(_ what: String, _ completion: String) async throws {
        #expect(try await score(completion, numbers: [9, 7, 20], target: 22) == 0)
    }

    @Test func anExtractorFindsTheExpression() async throws {
        let tags = try AnswerPattern("<answer>([^<]*)</answer>")
        let reward = Reward.countdown(extracting: .pattern(tags))
        let input = RewardInput(
            completion: "Try 9 + 7. <answer>9 + 20 - 7</answer>",
            row: row(numbers: [9, 7, 20], target: 22))
        #expect(try await reward.score(input) == 1)
    }

    @Test func aRowWithoutItsFieldsIsAFaultOfTheData() async {
        await #expect(
            throws: RewardError.missingField(
                reward: "countdown", field: "numbers", known: ["answer", "target"])
        ) {
            try await score(row: ["target": .number(22), "answer": .string("22")])
        }
        await #expect(
            throws: RewardError.missingField(
                reward: "countdown", field: "target", known: ["numbers"])
        ) {
            try await score(row: ["numbers": .array([.number(22)])])
        }
    }

    @Test(arguments: [
        ("a string", JSONValue.string("22"), JSONValue.number(22)),
        ("an empty list", .array([]), .number(22)),
        ("a list of strings", .array([.string("22")]), .number(22)),
        ("a negative number", .array([.number(-22)]), .number(22)),
        ("a fraction", .array([.number(2.5)]), .number(22)),
        ("a number beyond 2⁵³", .array([.number(1e300)]), .number(22)),
        ("a target that is a string", .array([.number(22)]), .string("22")),
        ("a target that is no number", .array([.number(22)]), .number(.nan)),
    ])
    func refuses(_ what: String, numbers: JSONValue, target: JSONValue) async {
        await #expect(throws: RewardError.self) {
            try await score(row: ["numbers": numbers, "target": target])
        }
    }

    /// Random expressions, computed beside the parser with machine integers.
    @Test func agreesWithAnIndependentComputation() async throws {
        var random = SeededGenerator(state: 7)
        var whole = 0
        for _ in 0..<2_000 {
            let tree = Tree.random(leaves: Int.random(in: 1...6, using: &random), using: &random)
            guard let (numerator, denominator) = tree.value else {
                #expect(try await score(tree.text, numbers: tree.numbers, target: 0) == 0)
                continue
            }
            let isWhole = numerator % denominator == 0
            let target = numerator / denominator
            let expected: Double = isWhole ? 1 : 0
            #expect(
                try await score(tree.text, numbers: tree.numbers, target: target) == expected,
                "\(tree.text)")
            #expect(try await score(tree.text, numbers: tree.numbers, target: target + 1) == 0)
            whole += isWhole ? 1 : 0
        }
        #expect(whole > 500)
    }

    private func score(_ completion: String, numbers: [Int], target: Int) async throws -> Double? {
        try await score(row: row(numbers: numbers, target: target), completion)
    }

    private func score(
        row: [String: JSONValue], _ completion: String = "22"
    ) async throws -> Double? {
        try await Reward.countdown().score(RewardInput(completion: completion, row: row))
    }

    private func row(numbers: [Int], target: Int) -> [String: JSONValue] {
        [
            "numbers": .array(numbers.map { .number(Double($0)) }),
            "target": .number(Double(target)),
        ]
    }
}

/// An expression of small numbers, fully bracketed.
private indirect enum Tree {
    case leaf(Int)
    case node(Tree, Character, Tree)

    static func random(leaves: Int, using random: inout SeededGenerator) -> Tree {
        guard leaves > 1 else { return .leaf(Int.random(in: 0...12, using: &random)) }
        let left = Int.random(in: 1..<leaves, using: &random)
        return .node(
            .random(leaves: left, using: &random), "+-*/".randomElement(using: &random) ?? "+",
            .random(leaves: leaves - left, using: &random))
    }

    var text: String {
        switch self {
        case .leaf(let number): "\(number)"
        case .node(let left, let operation, let right): "(\(left.text) \(operation) \(right.text))"
        }
    }

    var numbers: [Int] {
        switch self {
        case .leaf(let number): [number]
        case .node(let left, _, let right): left.numbers + right.numbers
        }
    }

    /// Numerator and denominator, or `nil` after a division by 0.
    ///
    /// Six leaves up to 12 stay far below 2⁶³.
    var value: (Int, Int)? {
        switch self {
        case .leaf(let number): return (number, 1)
        case .node(let left, let operation, let right):
            guard let (a, b) = left.value, let (c, d) = right.value else { return nil }
            switch operation {
            case "+": return (a * d + c * b, b * d)
            case "-": return (a * d - c * b, b * d)
            case "*": return (a * c, b * d)
            default: return c == 0 ? nil : (a * d, b * c)
            }
        }
    }
}
