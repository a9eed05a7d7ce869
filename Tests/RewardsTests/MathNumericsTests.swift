import Foundation
import Testing

@testable import Rewards

/// The arithmetic under the mathematics reward.
struct MathNumericsTests {
    /// Digits from tables, more than the type holds.
    @Test(arguments: [
        ("\\pi", "3.14159265358979323846264338327950288"),
        ("e", "2.71828182845904523536028747135266250"),
        ("\\sqrt2", "1.41421356237309504880168872420969808"),
        ("\\ln 2", "0.693147180559945309417232121458176568"),
        ("\\sin 1", "0.841470984807896506652502321630298999"),
        ("\\cos 1", "0.540302305868139717400936607442976603"),
        ("\\arctan 2", "1.10714871779409050301706546017853704"),
        ("\\sqrt[3]{5}", "1.70997594667669698935310887254386010"),
        ("\\cosh 1", "1.54308063481524377847790562075706168"),
        ("e^{-20}", "2.06115362243855782796594038015580E-9"),
        ("\\log 7", "0.845098040014256830712216258592636193"),
    ])
    func functionsAreGoodTo27Digits(_ text: String, _ digits: String) throws {
        let value = try #require(computed(text)?.approximation)
        let known = try #require(computed(digits)?.approximation)
        let distance = (value - known).magnitude
        #expect(distance <= 1e-27 * known.magnitude)
        // The bound holds, and says something.
        #expect(distance <= value.error + known.error)
        #expect(value.error <= 1e-25 * known.magnitude)
    }

    @Test func identitiesHoldWithinTheirOwnBounds() throws {
        var random = SeededGenerator(state: 11)
        for _ in 0..<200 {
            let x = Double.random(in: -6...6, using: &random)
            let y = Double.random(in: 0.01...9, using: &random)
            for (left, right) in [
                ("sin(\(x))^2 + cos(\(x))^2", "1"),
                ("exp(\(x)) * exp(-(\(x)))", "1"),
                ("ln(\(y)) + ln(3)", "ln(3*\(y))"),
                ("sqrt(\(y))^2", "\(y)"),
                ("tan(\(x))", "sin(\(x))/cos(\(x))"),
                ("(\(y))^(1/3) * (\(y))^(2/3)", "\(y)"),
                ("(\(y))^(\(x))", "exp((\(x)) * ln(\(y)))"),
            ] {
                let a = try #require(computed(left)), b = try #require(computed(right))
                #expect(a.equals(b) == true, "\(left) = \(right)")
            }
        }
    }

    @Test(arguments: [
        ("500!/498!", "249500"), ("\\binom{500}{2}", "124750"), ("2^{2000}/2^{1990}", "1024"),
        ("\\frac13+\\frac16", "\\frac12"), ("(-2)^3", "-8"), ("2^{-2}", "0.25"), ("0^0", "1"),
        ("\\sqrt{\\frac{4}{9}}", "\\frac23"), ("\\lfloor -0.5 \\rfloor", "-1"),
        ("\\lceil 900719925474099.5 \\rceil", "900719925474100"), ("(-27)^{2/3}", "9"),
    ])
    func fractionsAreExact(_ text: String, _ expected: String) throws {
        let value = try #require(computed(text)), other = try #require(computed(expected))
        #expect(value.fraction == other.fraction && value.fraction != nil)
    }

    @Test(arguments: [
        "1/0", "0^{-1}", "\\ln 0", "\\infty-\\infty", "0\\cdot\\infty", "(-1)!", "(1/2)!", "501!",
        "e^{1000}", "9^{9^{9^9}}", "\\sqrt[0]{2}", "\\tan(\\frac{\\pi}{2})", "10^{400}\\cdot\\pi",
    ])
    func whatHasNoValueHasNone(_ text: String) {
        #expect(computed(text) == nil)
    }

    @Test func variablesAreTriedAtManyPlacesOfBothSigns() {
        let places = (0..<MathExpression.places).compactMap {
            MathExpression.variable("x").value(at: $0)?.fraction
        }
        #expect(Set(places.map { $0.approximation.real.high }).count == MathExpression.places)
        #expect(places.contains { $0.isNegative } && places.contains { !$0.isNegative })
        #expect(places.allSatisfy { $0.wholeNumber == nil })
    }

    private func computed(_ text: String) -> MathValue? {
        MathLexer.tokens(of: text).flatMap { MathParser.expression($0[...]) }?.value(at: 0)
    }

}
