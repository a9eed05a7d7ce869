import Rewards
import Testing

struct AnswerExtractorTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let extractor: AnswerExtractor
        let completion: String
        let answer: String?
    }

    @Test(arguments: [
        Case(
            testDescription: "whole is trimmed", extractor: .whole, completion: " \n 4 2\t",
            answer: "4 2"),
        Case(
            testDescription: "last marker", extractor: .after("####"),
            completion: "#### 1\n#### 2 \nQ: next", answer: "2"),
        Case(
            testDescription: "marker, then a line break", extractor: .after("Answer:"),
            completion: "Answer:\r\n42\r\nQ:", answer: "42"),
        Case(
            testDescription: "marker at the end", extractor: .after("####"), completion: "####",
            answer: ""),
        Case(
            testDescription: "no marker", extractor: .after("####"), completion: "42", answer: nil),
        Case(
            testDescription: "empty marker is nowhere", extractor: .after(""), completion: "42",
            answer: nil),
        Case(
            testDescription: "last number", extractor: .lastNumber,
            completion: "from 3 to $1,200.50.", answer: "$1,200.50"),
        Case(
            testDescription: "no number", extractor: .lastNumber, completion: "none", answer: nil),
    ])
    func findsTheAnswer(_ testCase: Case) throws {
        #expect(try answer(testCase.extractor, in: testCase.completion) == testCase.answer)
    }

    @Test func aPatternGivesTheFirstGroupOfItsLastMatch() throws {
        let tags = try AnswerPattern("<answer>([^<]*)</answer>")
        let text = "<answer>1</answer> no, <answer> 2 </answer>"
        #expect(try answer(.pattern(tags), in: text) == "2")
        #expect(try answer(.pattern(tags), in: "<answer>1") == nil)
    }

    @Test func aPatternWithoutGroupGivesTheWholeMatch() throws {
        #expect(try answer(.pattern(AnswerPattern("[A-D]")), in: "A or rather C") == "C")
    }

    @Test func aGroupThatTookNoPartIsPassedOver() throws {
        let either = try AnswerPattern("x(\\d)|y(\\d)")
        #expect(try answer(.pattern(either), in: "x1 y2") == "2")
        #expect(try answer(.pattern(AnswerPattern("x(\\d)?")), in: "x") == nil)
    }

    @Test func aPatternCountsCharactersOutsideTheBasicPlane() throws {
        #expect(try answer(.pattern(AnswerPattern("=(.*)")), in: "🦆🦆 = 🦆") == "🦆")
    }

    @Test func aBrokenPatternIsRefusedWhenItIsMade() {
        #expect(throws: RewardError.invalidPattern(reward: nil, expression: "(a")) {
            try AnswerPattern("(a")
        }
    }

    private func answer(_ extractor: AnswerExtractor, in text: String) throws -> String? {
        try extractor.answer(in: text, reward: "test")
    }
}
