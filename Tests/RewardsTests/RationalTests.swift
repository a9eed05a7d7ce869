import Testing

@testable import Rewards

struct RationalTests {
    @Test func agreesWithMachineIntegers() {
        var random = SeededGenerator(state: 1)
        for _ in 0..<2_000 {
            // Products of four such numbers stay below 2¹²⁷.
            let (a, c) = (signed(using: &random), signed(using: &random))
            let (b, d) = (signed(using: &random), signed(using: &random))
            guard let x = Rational(a).divided(by: Rational(b)),
                let y = Rational(c).divided(by: Rational(d))
            else { continue }
            let (p, q, r, s) = (Int128(a), Int128(b), Int128(c), Int128(d))
            #expect(isEqual(x + y, p * s + r * q, q * s))
            #expect(isEqual(x - y, p * s - r * q, q * s))
            #expect(isEqual(x * y, p * r, q * s))
            let difference = p * s - r * q
            #expect((x < y) == ((difference < 0) == (q * s > 0) && difference != 0))
            #expect((x == y) == (difference == 0))
        }
    }

    @Test func zeroHasOneSign() {
        #expect(-Rational(0) == Rational(0))
        #expect(Rational(3) - Rational(3) == Rational(-5) * Rational(0))
        #expect(Rational(1).divided(by: Rational(0)) == nil)
    }

    @Test func digitsAndExponentsMeet() {
        #expect(Rational(digits: [1, 2, 5], exponent: -3) * Rational(8) == Rational(1))
        #expect(Rational(digits: [0, 7], exponent: 2) == Rational(700))
        #expect(Rational(.min) + Rational(.max) == Rational(-1))
    }

    /// Compares by rebuilding the expected fraction from its decimal digits.
    private func isEqual(_ value: Rational, _ numerator: Int128, _ denominator: Int128) -> Bool {
        value * rational(denominator) == rational(numerator)
    }

    private func rational(_ value: Int128) -> Rational {
        let digits = "\(value.magnitude)".utf8.map { $0 - 48 }
        let magnitude = Rational(digits: digits, exponent: 0)
        return value < 0 ? -magnitude : magnitude
    }

    /// Below 2³¹ and of any size, so that small and equal values come up too.
    private func signed(using random: inout SeededGenerator) -> Int {
        let shift = Int.random(in: 0..<32, using: &random)
        return Int(Int32.random(in: .min ... .max, using: &random)) >> shift
    }
}
