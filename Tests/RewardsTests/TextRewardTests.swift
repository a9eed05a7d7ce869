import Rewards
import Testing

struct TextRewardTests {
    @Test func exactMatchIgnoresOnlyWhiteSpaceAround() async throws {
        let reward = Reward.exactMatch()
        #expect(try await reward.score(" Paris\n", answer: "Paris ") == 1)
        #expect(try await reward.score("Pa ris", answer: "Paris") == 0)
        #expect(try await reward.score("PARIS", answer: "Paris") == 0)
        #expect(try await reward.score("", answer: "Paris") == 0)
    }

    @Test func exactMatchIgnoresCaseWhereAsked() async throws {
        let reward = Reward.exactMatch(ignoringCase: true)
        #expect(try await reward.score("ÉCOLE", answer: "école") == 1)
        #expect(try await reward.score("ecole", answer: "école") == 0)
    }

    @Test func exactMatchUsesItsExtractor() async throws {
        let reward = Reward.exactMatch(extracting: .after("Answer:"))
        #expect(try await reward.score("Hm.\nAnswer: blue", answer: "blue") == 1)
        #expect(try await reward.score("blue", answer: "blue") == 0)
    }

    @Test func exactMatchNeedsAnAnswer() async {
        await #expect(throws: RewardError.missingAnswer(reward: "capital")) {
            try await Reward.exactMatch(name: "capital").score("Paris", answer: nil)
        }
    }

    @Test(arguments: [(2, 0.0), (3, 1), (5, 1), (6, 0)])
    func lengthBoundsAreInclusive(tokens: Int, expected: Double) async throws {
        let reward = Reward.length(minimum: 3, maximum: 5)
        let input = RewardInput(completion: "", tokenCount: tokens)
        #expect(try await reward.score(input) == expected)
    }

    @Test func oneLengthBoundSuffices() async throws {
        let input = RewardInput(completion: "", tokenCount: 7)
        #expect(try await Reward.length(minimum: 7).score(input) == 1)
        #expect(try await Reward.length(maximum: 6).score(input) == 0)
    }

    @Test(arguments: [(LengthUnit.tokens, 9), (.characters, 7), (.words, 3)])
    func lengthIsCountedInItsUnit(unit: LengthUnit, count: Int) async throws {
        let input = RewardInput(completion: "a  é🇫🇷\nb", tokenCount: 9)
        let reward = Reward.length(minimum: count, maximum: count, unit: unit)
        #expect(try await reward.score(input) == 1)
    }

    @Test(arguments: [(nil, nil), (5, 3)] as [(Int?, Int?)])
    func lengthRefusesBoundsThatTellNothing(minimum: Int?, maximum: Int?) async {
        await #expect(throws: RewardError.self) {
            try await Reward.length(minimum: minimum, maximum: maximum)
                .score(RewardInput(completion: "a"))
        }
    }

    @Test func patternMatchesAnywhereUnlessAnchored() async throws {
        let anywhere = try Reward.pattern(expression: "<think>")
        #expect(try await anywhere.score("Well, <think>", answer: nil) == 1)
        #expect(try await anywhere.score("Well", answer: nil) == 0)
        let whole = try Reward.pattern(expression: "\\A\\d+\\z")
        #expect(try await whole.score("42", answer: nil) == 1)
        #expect(try await whole.score("42\n", answer: nil) == 0)
    }

    @Test func patternIsCheckedWhenItIsMade() {
        #expect(throws: RewardError.invalidPattern(reward: "format", expression: "[a")) {
            try Reward.pattern(name: "format", expression: "[a")
        }
    }

    @Test func nameAndWeightAreKept() throws {
        let rewards = [
            Reward.exactMatch(name: "a", weight: 2), .number(name: "a", weight: 2),
            .countdown(name: "a", weight: 2), .length(name: "a", weight: 2, maximum: 1),
            try .pattern(name: "a", weight: 2, expression: "x"),
            Reward("a", weight: 2) { _ in nil },
        ]
        #expect(rewards.allSatisfy { $0.name == "a" && $0.weight == 2 })
    }
}
