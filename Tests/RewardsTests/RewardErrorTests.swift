import Rewards
import Testing

struct RewardErrorTests {
    @Test(arguments: [
        (
            RewardError.missingAnswer(reward: "number"),
            """
            reward number: expected an answer in the data row, found none; name the field that \
            holds it, or leave this reward out
            """
        ),
        (
            .unreadableAnswer(reward: "number", answer: "two\nor three"),
            """
            reward number: expected a number as the data row's answer, found "two\\nor three"; \
            correct the row, or compare text with the exact match
            """
        ),
        (
            .missingField(reward: "countdown", field: "target", known: ["answer", "prompt"]),
            """
            reward countdown: expected the field "target" in the data row, found only "answer", \
            "prompt"; add the field, or leave this reward out
            """
        ),
        (
            .invalidField(
                reward: "countdown", field: "numbers", expected: "a list of whole numbers",
                found: "[1.5]"),
            """
            reward countdown: field "numbers": expected a list of whole numbers, found "[1.5]"; \
            correct the data row
            """
        ),
        (
            .invalidSetting(
                reward: "number", setting: "tolerance", expected: "a finite number of 0 or more",
                found: "nan"),
            """
            reward number: tolerance: expected a finite number of 0 or more, found nan; correct \
            the setting
            """
        ),
        (
            .invalidPattern(reward: "format", expression: "(a"),
            """
            reward format: expected a regular expression, found "(a", which does not compile; \
            check its brackets and escapes (ICU syntax)
            """
        ),
        (
            .patternTooSlow(reward: "format", expression: "(a+)+b"),
            """
            reward format: the regular expression "(a+)+b" took too many steps on a completion; \
            expected one without nested or overlapping repetitions, such as [^<]* in place of .*?
            """
        ),
    ])
    func saysWhatWasExpectedAndFoundAndWhatToDo(_ error: RewardError, _ text: String) {
        #expect("\(error)" == text)
    }

    @Test func quotesNoMoreThanALine() {
        let error = RewardError.unreadableAnswer(
            reward: "number", answer: String(repeating: "x\n", count: 100_000))
        #expect("\(error)".count < 300)
        #expect(!"\(error)".contains("\n"))
    }
}
