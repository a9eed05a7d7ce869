import Testing

@testable import Rewards

/// What rewards take for the answer of a completion.
@Suite struct ReadAnswerTests {
    private func answer(_ reward: Reward, _ completion: String) throws -> ReadAnswer? {
        let reading = try #require(reward.reading)
        return try reading(RewardInput(completion: completion, answer: "1"))
    }

    private func areSame(_ reward: Reward, _ a: String, _ b: String) throws -> Bool {
        let (a, b) = (try #require(try answer(reward, a)), try #require(try answer(reward, b)))
        #expect(a.isSame(as: b) == b.isSame(as: a))
        return a.isSame(as: b)
    }

    @Test func answersAreComparedAsTheRewardComparesThem() throws {
        #expect(try areSame(.number(), "It is 1,000.", "so 1000.0"))
        #expect(try !areSame(.number(), "It is 1,000.", "so 1001"))
        #expect(try areSame(.math(), "\\boxed{\\frac{1}{2}}", "The answer is $0.5$."))
        #expect(try !areSame(.math(), "\\boxed{\\frac{1}{2}}", "The answer is $0.25$."))
        #expect(try areSame(.exactMatch(ignoringCase: true), " Paris", "paris"))
        #expect(try !areSame(.exactMatch(), "Paris", "paris"))
        #expect(try areSame(.json(), #"{"a": 1, "b": 2}"#, #"{"b":2,"a":1}"#))
    }

    @Test func aChoiceIsItsLetter() throws {
        let reading = try #require(Reward.choice().reading)
        let read = { (text: String) in
            try reading(RewardInput(completion: text, answer: "A"))?.text
        }
        #expect(try read("The answer is (b).") == "B")
        #expect(try read("I do not know") == nil)
    }

    @Test func whatCannotBeReadIsNoAnswer() throws {
        #expect(try answer(.number(), "no number") == nil)
        #expect(try answer(.exactMatch(extracting: .boxed), "5") == nil)
        #expect(try answer(.countdown(), "1 +") == nil)
        #expect(try answer(.countdown(), "1 + 2")?.text == "1 + 2")
        #expect(try answer(.json(), "{") == nil)
    }

    /// A score alone is no answer: there is nothing to vote on.
    @Test func rewardsThatOnlyScoreReadNone() throws {
        #expect(Reward.length(minimum: 1).reading == nil)
        #expect(Reward.tags().reading == nil)
        #expect(try Reward.pattern(expression: "a").reading == nil)
        #expect(Reward("mine") { _ in 1 }.reading == nil)
    }
}
