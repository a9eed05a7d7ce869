import Testing

@testable import Rewards

/// Mathematics that was written to break the reader: nothing traps, and everything ends.
struct MathHostileTests {
    private static func many(_ unit: String, _ count: Int) -> String {
        String(repeating: unit, count: count)
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            many("(", 4_000), many("{", 4_000), many("-", 4_000), many("\\frac", 800),
            many("\\sqrt", 800), many("x^", 2_000), many("1/", 2_000) + "1", many("!", 4_000),
            "5" + many("!", 2_000), many("|", 4_000), many("\\sin", 900), many("\\log_", 800),
            many("9^", 1_500) + "9", many("9", 4_000), "1e" + many("9", 400),
            "x" + many("^{2", 900), many("+1", 2_000), many("*x", 2_000), many("(x+1)", 800),
            many("1,", 2_000), many("\\{", 1_900), many("[0,1]\\cup", 400) + "[0,1]",
            many("\\text{", 600), many("\\boxed{", 500), many("\\begin{pmatrix}", 250),
            many("=", 4_000), many("x<", 2_000), many("\\pm 1", 800), many("x_", 2_000),
            many("\\left", 800), "500!" + many("*500!", 700), many("\\binom{500}{250}", 7),
            many("(9/7)^{999}*", 300) + "x", many("500!^{x}+", 7) + "1",
            many("x^{1000}+", 400) + "1", many("1/(1+", 30) + "x" + many(")", 30),
            many("sin(", 35) + "x" + many(")", 35), "\\", "\\\\", "$", "\\text{", "\\mathbb{",
            "\\frac{1}", "^", "_", "1_", "1_{", "x_{", "\\log_{", "\\sqrt[", "\\end{x}", "&",
            "\\begin{pmatrix}1&2\\\\3\\end{pmatrix}", "1\\frac", "1 2/", "0.\\overline{", "\0", "٣",
        ])
    func ends(_ text: String) async throws {
        let reward = Reward.math()
        let score = try await reward.score("\\boxed{\(text)}", answer: "$x+424243$")
        #expect(score == 0)
        #expect(try await reward.score(text, answer: "424243")?.isFinite == true)
        _ = try? await reward.score("1", answer: text)
    }

    @Test func aMegabyteOfBoxesIsReadOnce() {
        #expect(FinalAnswer.lastBox(in: Self.many("\\boxed{", 150_000)) == nil)
        #expect(FinalAnswer.lastBox(in: Self.many("\\boxed{1}", 110_000)) == "1")
        #expect(Set(FinalAnswer.environments(in: Self.many("$", 500_000))) == [""])
    }

    private static let fragments = [
        "1", "2", "0", "12", "345", ".", ",", " ", "x", "y", "n", "e", "i", "\\pi", "+", "-", "*",
        "/", "^", "_", "(", ")", "[", "]", "{", "}", "\\{", "\\}", "|", "=", "<", "\\le", "\\ne",
        "\\in", "\\cup", "\\infty", "\\frac", "\\sqrt", "\\sqrt[3]", "\\binom", "\\sin", "\\ln",
        "\\log", "!", "%", "^\\circ", "\\pm", "\\mp", "\\text{cm}", "\\text{ or }", "\\boxed{",
        "\\begin{pmatrix}", "\\end{pmatrix}", "&", "\\\\", ";", ":", "and", "sqrt", "²", "√", "½",
        "\\left(", "\\right)", "\\overline{3}", "e5", "\\lfloor", "\\rfloor", "#", "$",
    ]

    /// 3,000 texts: each is read, computed and compared with itself and with the text before it.
    @Test(.timeLimit(.minutes(1)))
    func randomTextNeverTrapsAndEqualityIsSymmetric() {
        var random = SeededGenerator(state: 17)
        var before = MathReader.answer(in: "1")
        var readable = 0
        for _ in 0..<3_000 {
            let text = random.text(from: Self.fragments, count: 5)
            guard let answer = MathReader.answer(in: text) else { continue }
            readable += 1
            #expect(!answer.isDefined || answer.equals(answer), "\(text)")
            if let before { #expect(answer.equals(before) == before.equals(answer), "\(text)") }
            before = answer
        }
        #expect(readable > 100)
    }

    /// The golden answers with parts added, left out and doubled.
    @Test(.timeLimit(.minutes(1)))
    func mutatedAnswersNeverTrapAndEqualityIsSymmetric() {
        var random = SeededGenerator(state: 19)
        for pair in MathTests.cases {
            guard let gold = MathReader.answer(in: pair.gold) else { continue }
            for _ in 0..<10 {
                var characters = Array(pair.answer)
                for _ in 0..<Int.random(in: 1...3, using: &random) {
                    let place = Int.random(in: 0...characters.count, using: &random)
                    let part = Self.fragments.randomElement(using: &random) ?? ""
                    if place < characters.count, Bool.random(using: &random) {
                        characters.remove(at: place)
                    } else {
                        characters.insert(contentsOf: part, at: place)
                    }
                }
                guard let answer = MathReader.answer(in: String(characters)) else { continue }
                #expect(
                    answer.equals(gold) == gold.equals(answer),
                    "\(pair.gold) and \(String(characters))")
            }
        }
    }
}
