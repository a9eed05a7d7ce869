import Rewards
import Testing

struct ChoiceTests {
    @Test(arguments: [
        "B", "(B)", "B.", "b", "(b)", "**B**", "B) Paris", "B. Paris", "B: Paris", "$B$",
        "\\boxed{B}", "So \\boxed{\\text{B}}", "\\boxed{\\textbf{(B)}}", "\\boxed{\\text{(B) } 12}",
        "The answer is B", "The answer is (B).", "Hm.\nAnswer: B", "Answer: **B**",
        "A is wrong, so the answer is B.", "The answer is B because A is wrong.",
        "Answer: B) Paris", "The correct answer is option B.", "I choose (A), no, (B), as shown.",
        "The answer is A. No: the answer is B.", "#### B", "\\boxed{A} or rather \\boxed{B}",
    ])
    func acceptsTheChoiceInAnyUsualForm(_ completion: String) async throws {
        #expect(try await Reward.choice().score(completion, answer: "B") == 1)
        #expect(try await Reward.choice().score(completion, answer: "(A)") == 0)
    }

    @Test(arguments: [
        "", "A", "C", "K", "Because", "B or C", "The answer is B or C.", "The answer is B, C.",
        "\\boxed{B, C}", "\\boxed{}", "Both B and others are fine", "\\boxed{AB}", "Ｂ", "β",
        "The answer is a banana", "The answer is A cat, not B",
    ])
    func rejectsAnotherChoiceOrNone(_ completion: String) async throws {
        #expect(try await Reward.choice().score(completion, answer: "B") == 0)
    }

    @Test(arguments: [
        JSONValue.array([.string("Rome"), .string("Paris"), .string("A cat")]),
        .object(["A": .string("Rome"), "B": .string("Paris"), "C": .string("A cat")]),
        .object([
            "label": .array([.string("A"), .string("B"), .string("C")]),
            "text": .array([.string("Rome"), .string("Paris"), .string("A cat")]),
        ]),
    ])
    func theTextOfAChoiceIsItsLetter(_ choices: JSONValue) async throws {
        let reward = Reward.choice(choices: "options")
        func score(_ completion: String, _ answer: String) async throws -> Double? {
            try await reward.score(
                RewardInput(completion: completion, answer: answer, row: ["options": choices]))
        }
        #expect(try await score("The answer is Paris.", "B") == 1)
        #expect(try await score("B", "Paris") == 1)
        #expect(try await score("\\boxed{paris}", "Paris") == 1)
        #expect(try await score("The answer is A cat.", "C") == 1)
        #expect(try await score("Rome", "B") == 0)
        #expect(try await score("D", "B") == 0)
    }

    @Test(arguments: ["", "K", "Paris", "A or B", "42"])
    func anAnswerThatIsNoLetterIsRefusedBeforehand(_ answer: String) {
        #expect(
            throws: RewardError.unreadableAnswer(
                reward: "choice", answer: answer, expected: "a letter from A to J")
        ) {
            try Reward.choice().check(RewardInput(completion: "", answer: answer))
        }
    }

    @Test(arguments: [nil, .string("Paris"), .array([.string("Paris")])] as [JSONValue?])
    func aRowWithoutChoicesIsRefusedBeforehand(_ choices: JSONValue?) {
        let reward = Reward.choice(choices: "options")
        let row = choices.map { ["options": $0] } ?? [:]
        #expect(throws: RewardError.self) {
            try reward.check(RewardInput(completion: "", answer: "A", row: row))
        }
    }
}
