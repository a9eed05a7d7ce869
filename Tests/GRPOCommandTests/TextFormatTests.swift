import Testing

@testable import GRPOCommand

@Suite struct TextFormatTests {
    @Test(arguments: [
        (0.0, "0.0 %"), (0.9644, "96.4 %"), (1, "100.0 %"), (.nan, "–"), (.infinity, "–"),
    ])
    func aShareIsAPercentage(share: Double, expected: String) {
        #expect(TextFormat.percent(share) == expected)
    }

    @Test(arguments: [
        (0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567"), (-1234, "-1,234"),
        (-123, "-123"), (Int.min, "-9,223,372,036,854,775,808"),
    ])
    func aCountHasGroupsOfThreeDigits(value: Int, expected: String) {
        #expect(TextFormat.count(value) == expected)
    }

    @Test(arguments: [
        (0, "0"), (999, "999"), (1000, "1.00k"), (1234, "1.23k"), (9_994, "9.99k"),
        (9_996, "10.0k"), (12_345, "12.3k"), (99_949, "99.9k"), (99_951, "100k"),
        (999_499, "999k"), (999_500, "1.00M"), (550_144, "550k"), (-12_345, "-12.3k"),
        (Int.max, "9223372T"),
    ])
    func aShortCountHasThreeDigits(value: Int, expected: String) {
        #expect(TextFormat.shortCount(value) == expected)
    }

    @Test(arguments: [
        (0.0, "0.0 s"), (0.44, "0.4 s"), (9.94, "9.9 s"), (9.95, "10 s"), (29, "29 s"),
        (59.6, "1 min 00 s"), (192, "3 min 12 s"), (3599.7, "1 h 00 min"), (3900, "1 h 05 min"),
        (180_000, "50 h 00 min"), (-1, "–"), (.nan, "–"), (.infinity, "–"),
        (1e300, "277777777 h 47 min"),
    ])
    func aDurationIsInWords(seconds: Double, expected: String) {
        #expect(TextFormat.seconds(seconds) == expected)
    }

    @Test(arguments: [
        (0.0, "0:00"), (29.4, "0:29"), (192, "3:12"), (3912, "1:05:12"), (359_999, "99:59:59"),
        (.nan, "–"), (-1, "–"),
    ])
    func aClockIsShort(seconds: Double, expected: String) {
        #expect(TextFormat.clock(seconds) == expected)
    }

    @Test func printableTextIsOneLineUnlessLinesAreKept() {
        #expect(TextFormat.printable("a\n\tb") == "a␊␉b")
        #expect(TextFormat.printable("a\n\tb", keepsLines: true) == "a\n\tb")
        #expect(TextFormat.printable("a\r\nb", keepsLines: true) == "a␍\nb")
    }
}
