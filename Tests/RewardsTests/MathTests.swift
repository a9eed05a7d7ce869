import Foundation
import Testing

@testable import Rewards

/// The mathematics reward on pairs whose truth was decided by hand, beside math_verify's verdicts
/// (`Scripts/peers/make-verifier-goldens.py`).
struct MathTests {
    struct Golden: Decodable {
        let cases: [Case]
    }

    struct Case: Decodable, Sendable, CustomTestStringConvertible {
        let block: String
        let gold: String
        let answer: String
        let equal: Bool
        let mathVerify: Bool
        /// Why math_verify decides otherwise.
        let reason: String?

        var testDescription: String { "\(gold) and \(answer)" }
    }

    static let cases: [Case] = {
        let file = URL(filePath: #filePath).resolvingSymlinksInPath()
            .deletingLastPathComponent().deletingLastPathComponent().appending(
                path: "Fixtures/math-verify.json")
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return (try? decoder.decode(Golden.self, from: Data(contentsOf: file)))?.cases ?? []
    }()

    @Test func thereAreHundredsOfCases() {
        #expect(Self.cases.count > 200)
    }

    @Test(arguments: cases)
    func decidesWhatIsTrue(_ pair: Case) async throws {
        let score = try await Reward.math().score(pair.answer, answer: pair.gold)
        #expect(score == (pair.equal ? 1 : 0))
    }

    @Test(arguments: cases)
    func eachDifferenceFromMathVerifyHasAReason(_ pair: Case) {
        #expect((pair.mathVerify != pair.equal) == (pair.reason != nil))
    }

    @Test(arguments: cases.filter { !$0.block.hasSuffix("plain") })
    func equalityGoesBothWays(_ pair: Case) throws {
        let gold = try #require(MathReader.answer(in: pair.gold))
        guard let answer = MathReader.answer(in: pair.answer) else { return }
        #expect(gold.equals(answer) == answer.equals(gold))
        #expect(gold.equals(gold) && answer.equals(answer))
    }

    @Test(arguments: [
        ("\\frac{1}{0}"), ("\\ln 0"), ("2 3"), ("\\unknown{5}"), (""), ("the sum of x"),
        ("9^{9^{9^9}}"), ("(1"), ("1)"), ("\\boxed{}"), ("∞ - ∞"),
    ])
    func anAnswerOfTheDataThatCannotBeComparedIsRefusedBeforehand(_ answer: String) {
        let reward = Reward.math(name: "sum")
        #expect(
            throws: RewardError.unreadableAnswer(
                reward: "sum", answer: answer, expected: "mathematics that can be read and computed"
            )
        ) {
            try reward.check(RewardInput(completion: "", answer: answer))
        }
        #expect(throws: RewardError.missingAnswer(reward: "sum")) {
            try reward.check(RewardInput(completion: ""))
        }
    }

    @Test func toleranceIsAbsoluteAndInclusive() async throws {
        let reward = Reward.math(tolerance: 0.01)
        #expect(try await reward.score("3.14", answer: "$\\pi$") == 1)
        #expect(try await reward.score("3.13", answer: "$\\pi$") == 0)
        #expect(try await reward.score("0.51", answer: "$\\frac12$") == 1)
        #expect(try await reward.score("0.511", answer: "$\\frac12$") == 0)
        #expect(try await reward.score("(0.34, 1)", answer: "$(\\frac13, 1)$") == 1)
    }

    @Test func theExtractorDecidesWhereTheAnswerStands() async throws {
        let boxed = Reward.math(extracting: .boxed)
        #expect(try await boxed.score("so \\boxed{\\frac{2}{4}}", answer: "0.5") == 1)
        #expect(try await boxed.score("so 0.5", answer: "0.5") == 0)
        #expect(try await Reward.math(extracting: .whole).score("x = 5", answer: "5") == 1)
    }

    @Test(arguments: [
        ("one", #"\boxed{5}"#, "5"),
        ("the last", #"\boxed{5}, \boxed{6}"#, "6"),
        ("the outermost", #"\boxed{\boxed{5}+1}"#, #"\boxed{5}+1"#),
        ("with braces inside", #"\boxed{\frac{1}{2}}"#, #"\frac{1}{2}"#),
        ("with brackets of a set", #"\boxed{\{1, 2\}}"#, #"\{1, 2\}"#),
        ("after one that is not closed", #"\boxed{ no \boxed{7}"#, "7"),
        ("none is closed", #"\boxed{7"#, nil),
        ("closed twice", #"}}\boxed{7}}"#, "7"),
        ("framed", #"\fbox {8}"#, "8"),
    ])
    func findsTheLastBox(_ name: String, _ text: String, _ content: String?) {
        #expect(FinalAnswer.lastBox(in: text) == content)
    }
}
