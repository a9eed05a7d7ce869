import Rewards
import Testing

struct NumberTests {
    @Test(arguments: [
        Pair("same digits", "18", "18"),
        Pair("last of several", "16 - 3 - 4 = 9, and 9 * 2 = 18", "18"),
        Pair("full stop", "The answer is 18.", "18"),
        Pair("minus sign", "It is -4", "-4"),
        Pair("typographic minus", "It is \u{2212}4", "-4"),
        Pair("plus sign", "+7", "7"),
        Pair("minus zero", "-0", "0"),
        Pair("sign after equals", "x=-3", "-3"),
        Pair("thousands", "1,234,567", "1234567"),
        Pair("thousands in the answer", "2125", "2,125"),
        Pair("decimals", "0.50", "0.5"),
        Pair("whole decimal", "18.00", "18"),
        Pair("no leading zero", ".5", "0.5"),
        Pair("leading zeros", "007", "7"),
        Pair("fraction", "3/4", "0.75"),
        Pair("unreduced fraction", "6/8", "3/4"),
        Pair("negative fraction", "-1/3", "-2/6"),
        Pair("mixed number", "1 3/4 cups", "1.75"),
        Pair("percentage as fraction", "50%", "0.5"),
        Pair("percentage as figure", "50%", "50"),
        Pair("percentage in the answer", "50", "50%"),
        Pair("escaped percentage", "12.5\\%", "1/8"),
        Pair("percent as a word", "20 percent", "0.2"),
        Pair("currency", "$1,234.50", "1234.5"),
        Pair("sign before currency", "-$5", "-5"),
        Pair("sign after currency", "$-5", "-5"),
        Pair("other currency", "€ 30", "30"),
        Pair("unit", "It takes 18 km/h", "18"),
        Pair("unit in the answer", "18", "18 eggs."),
        Pair("joined unit", "18km", "18"),
        Pair("GSM8K marker", "9 * 2 = 18\n#### 18", "18"),
        Pair("GSM8K marker in the answer", "18", "She makes 9 * 2 = $18.\n#### 18"),
        Pair("Markdown", "The answer is **18** dollars", "**18**"),
        Pair("scientific", "1.5e3", "1500"),
        Pair("negative exponent", "25E-2", "1/4"),
        Pair("power of ten", "6.02 × 10^23", "6.02e23"),
        Pair("braced power of ten", "3 x 10^{-2}", "0.03"),
        Pair("scale word", "5 million", "5,000,000"),
        Pair("beyond any machine integer", "1" + zeros(60), "1e60"),
        Pair("a date's year", "on 12/25/2024", "2024"),
        Pair("a range's end", "3-5", "5"),
        Pair("the end of a list", "1,2,3", "3"),
        Pair("digits in a word skipped", "42 in H2O", "42"),
    ])
    func acceptsTheSameNumber(_ pair: Pair) async throws {
        #expect(try await Reward.number().score(pair.completion, answer: pair.answer) == 1)
    }

    @Test(arguments: [
        Pair("one more", "19", "18"),
        Pair("sign", "-18", "18"),
        Pair("empty", "", "18"),
        Pair("no number", "eighteen", "18"),
        Pair("not the last", "18, or 19", "18"),
        Pair("close beyond Double", "10000000000000000000000000000000000000001", "1e40"),
        Pair("third in decimals", "0.3333333333333333333333", "1/3"),
        Pair("denominator zero", "1/0", "0"),
        Pair("percentage under 1", "0.5%", "0.5"),
        Pair("other percentage", "5%", "0.5"),
        Pair("hundredth as figure", "0.5", "0.5%"),
        Pair("version number", "3.14.15", "3.14"),
        Pair("wrong groups of digits", "12,34", "1234"),
        Pair("scale word", "5 million", "5"),
        Pair("Arabic digits", "١٨", "18"),
        Pair("full-width digits", "１８", "18"),
        Pair("huge exponent", "1e999999999999999999999", "1"),
    ])
    func rejectsAnotherNumber(_ pair: Pair) async throws {
        #expect(try await Reward.number().score(pair.completion, answer: pair.answer) == 0)
    }

    @Test(arguments: [
        Pair("further number", "18 or 19", "18"),
        Pair("words before", "it is 18", "18"),
        Pair("product", "18*x", "18"),
        Pair("sum", "18 + x", "18"),
        Pair("three-part fraction", "3/4/5", "3/4"),
        Pair("broken thousands", "1,23", "1"),
        Pair("mixed digits", "18 ١٩", "18"),
    ])
    func aWholeTextMustBeOneNumber(_ pair: Pair) async throws {
        let reward = Reward.number(extracting: .whole)
        #expect(try await reward.score(pair.completion, answer: pair.answer) == 0)
    }

    @Test(arguments: [
        Pair("words", "18", "eighteen"),
        Pair("empty", "18", ""),
        Pair("two numbers", "18", "18 or 19"),
        Pair("denominator zero", "18", "1/0"),
        Pair("1,001 digits", "18", "1" + zeros(1_000)),
    ])
    func anAnswerThatIsNoNumberIsAFaultOfTheData(_ pair: Pair) async {
        await #expect(
            throws: RewardError.unreadableAnswer(reward: "sum", answer: pair.answer)
        ) {
            try await Reward.number(name: "sum").score(pair.completion, answer: pair.answer)
        }
    }

    @Test func aRowWithoutAnswerIsAFaultOfTheData() async {
        await #expect(throws: RewardError.missingAnswer(reward: "number")) {
            try await Reward.number().score("18", answer: nil)
        }
    }

    @Test func toleranceIsAbsoluteExactAndInclusive() async throws {
        let reward = Reward.number(tolerance: 0.1)
        #expect(try await reward.score("0.3", answer: "0.2") == 1)
        #expect(try await reward.score("-0.3", answer: "-0.2") == 1)
        #expect(try await reward.score("0.3000000000000000000001", answer: "0.2") == 0)
        #expect(try await Reward.number(tolerance: 1e-20).score("1", answer: "1e-20") == 0)
    }

    @Test(arguments: [-1, .nan, .infinity])
    func aToleranceThatCannotBeMetIsRefused(_ tolerance: Double) async {
        await #expect(throws: RewardError.self) {
            try await Reward.number(tolerance: tolerance).score("1", answer: "1")
        }
    }
}

private func zeros(_ count: Int) -> String { String(repeating: "0", count: count) }
