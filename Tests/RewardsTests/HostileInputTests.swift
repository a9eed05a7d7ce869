import Foundation
import Testing

@testable import Rewards

struct HostileInputTests {
    struct Text: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let text: String

        init(_ name: String, _ text: String) {
            testDescription = name
            self.text = text
        }

        init(_ name: String, repeating unit: String, megabytes: Double = 0.1) {
            let count = Int(megabytes * 1_000_000) / unit.utf8.count
            self.init(name, String(repeating: unit, count: count))
        }
    }

    static let texts = [
        Text("a million brackets", repeating: "(", megabytes: 1),
        Text("signs", repeating: "-"),
        Text("a million digits", repeating: "7", megabytes: 1),
        Text("thousands", "1" + String(repeating: ",234", count: 25_000)),
        Text("broken thousands", String(repeating: "1,23", count: 25_000)),
        Text("slashes", repeating: "1/"),
        Text("mixed numbers", repeating: "1 "),
        Text("long mixed numbers", repeating: String(repeating: "1", count: 999) + " "),
        Text("points", repeating: "."),
        Text("exponents", repeating: "1e"),
        Text("currency", repeating: "$"),
        Text("markers", repeating: "####"),
        Text("white space", repeating: " "),
        Text("line breaks", repeating: "\r\n"),
        Text("NUL", repeating: "\0"),
        Text("keycap digits", repeating: "1\u{FE0F}\u{20E3}"),
        Text("Arabic digits", repeating: "٣"),
        Text("combining marks", "1" + String(repeating: "\u{301}", count: 50_000)),
        Text("replacement characters", repeating: "\u{FFFD}"),
        Text("division by zero", "1/0"),
        Text("sum of many", repeating: "1+", megabytes: 0.004),
        Text("deep brackets", String(repeating: "(", count: 2_000)),
    ]

    /// Seconds for the whole set in a debug build; a scan in quadratic time would take hours.
    @Test(.timeLimit(.minutes(1)), arguments: texts)
    func scoresZeroAndEnds(_ hostile: Text) async throws {
        let row: [String: JSONValue] = [
            "numbers": .array([.number(1)]), "target": .number(424_243),
        ]
        let input = RewardInput(completion: hostile.text, answer: "424243", row: row)
        let rewards = [
            Reward.exactMatch(), .exactMatch(extracting: .after("####")), .number(),
            .number(extracting: .whole), .number(extracting: .after("####")), .countdown(),
            .length(minimum: 10_000_000, unit: .words),
            .length(minimum: 10_000_000, unit: .characters),
            try .pattern(expression: "424243"),
            .exactMatch(extracting: .pattern(try AnswerPattern("=(4\\d*)"))),
        ]
        for reward in rewards {
            #expect(try await reward.score(input) == 0, "\(reward.name)")
        }
    }

    @Test func aHostileAnswerIsRefused() async {
        for text in Self.texts.map(\.text) {
            _ = try? await Reward.number().score("1", answer: text)
            _ = try? await Reward.exactMatch().score("1", answer: text)
        }
    }

    @Test func aPatternThatExplodesIsAFailureNotAScore() async throws {
        let reward = try Reward.pattern(expression: "(a+)+b")
        await #expect(
            throws: RewardError.patternTooSlow(reward: "pattern", expression: "(a+)+b")
        ) {
            try await reward.score(String(repeating: "a", count: 60), answer: nil)
        }
    }

    @Test func theClockEndsAQuadraticSearchOfALongText() throws {
        var pattern = try AnswerPattern("(?s)<answer>(.*?)</answer>")
        pattern.ceiling = .milliseconds(100)
        let text = String(repeating: "<answer>", count: 20_000)
        #expect(throws: RewardError.self) { try pattern.lastCapture(in: text, reward: "test") }
    }

    @Test func randomTextNeverTraps() async throws {
        let fragments = [
            "1", "23", "456", "0", ".", ",", "/", "-", "+", "*", "(", ")", "=", "%", "$", " ", "e",
            "E", "x", "×", "÷", "−", "10^", "{", "}", "####", "\n", "\r\n", "million", " percent",
            "\\", "\0", "٣", "🦆", "a", "\u{301}", "**",
        ]
        let row: [String: JSONValue] = [
            "numbers": .array([.number(1), .number(23)]), "target": .number(24),
        ]
        let rewards = [Reward.number(), .number(extracting: .whole), .countdown()]
        var random = SeededGenerator(state: 3)
        for _ in 0..<2_000 {
            let text = random.text(from: fragments, count: 20)
            for reward in rewards {
                let input = RewardInput(completion: text, answer: "23", row: row)
                let score = try await reward.score(input)
                #expect(score == 0 || score == 1)
            }
            _ = NumericAnswer(parsing: text)
            // What was found as a number is read as one number when it stands alone.
            if let found = NumberScanner.lastNumber(in: text) {
                var scanner = NumberScanner(found)
                #expect(scanner.literal() != nil && scanner.rest.isEmpty, "\(text): \(found)")
            }
        }
    }

    @Test func randomNumbersAreReadAsTheyAreWritten() async throws {
        var random = SeededGenerator(state: 5)
        for _ in 0..<500 {
            let number = Int.random(in: -9_999_999...9_999_999, using: &random)
            let grouped = groupedByThousands(number)
            for text in ["\(number)", grouped, "$\(number).00", "\(number * 3)/3", "\(number)e0"] {
                #expect(try await Reward.number().score("= \(text).", answer: "\(number)") == 1)
                #expect(try await Reward.number().score("= \(text).", answer: "\(number + 1)") == 0)
            }
        }
    }

    private func groupedByThousands(_ number: Int) -> String {
        var digits = Array("\(number.magnitude)")
        var position = digits.count - 3
        while position > 0 {
            digits.insert(",", at: position)
            position -= 3
        }
        return (number < 0 ? "-" : "") + String(digits)
    }
}
