import Testing
import Torch

@testable import GRPO

@Suite struct PairedDifferenceTests {
    private func differences(plus: Int, minus: Int, equal: Int) -> [Double] {
        Array(repeating: 1.0, count: plus) + Array(repeating: -1.0, count: minus)
            + Array(repeating: 0.0, count: equal)
    }

    /// Twice the binomial tail, by hand: 2 · Σ C(n, i) / 2ⁿ up to the smaller count, at most 1.
    @Test(arguments: [
        (5, 1, 0.21875), (8, 0, 0.0078125), (3, 3, 1.0), (0, 0, 1.0), (10, 2, 0.03857421875),
    ])
    func testOfOneTrialAPromptIsMcNemars(plus: Int, minus: Int, probability: Double) {
        let paired = PairedDifference(differences(plus: plus, minus: minus, equal: 20))
        #expect(paired.test == .mcNemar)
        #expect(abs(paired.pValue - probability) < 1e-12)
        let swapped = PairedDifference(differences(plus: minus, minus: plus, equal: 20))
        #expect(swapped.pValue == paired.pValue)
        #expect(swapped.difference.value == -paired.difference.value)
    }

    /// Bonett & Price 2012, equation 3, with 12 and 6 of 100: (13 − 7) / 102 ± 1.96 · 0.0434558
    @Test func intervalOfOneTrialAPromptIsBonettAndPrices() {
        let paired = PairedDifference(differences(plus: 12, minus: 6, equal: 82))
        #expect(abs(paired.difference.value - 0.06) < 1e-12)
        #expect(abs(paired.difference.lower - -0.0263483) < 1e-6)
        #expect(abs(paired.difference.upper - 0.1439954) < 1e-6)
    }

    @Test func fewDifferencesAreSwappedInAllWays() {
        // Of 8 ways only all plus and all minus are as far from 0.
        let paired = PairedDifference([0.5, 0.25, 0.125, 0, 0])
        #expect(paired.test == .allSwaps)
        #expect(paired.pValue == 0.25)
    }

    @Test func manyDifferencesAreSwappedAtRandomAndAlwaysTheSameWay() {
        let values = (0..<40).map { Double($0 % 5) / 4 - 0.4 }
        let paired = PairedDifference(values)
        #expect(paired.test == .randomSwaps)
        #expect(paired == PairedDifference(values))
        #expect(paired.pValue > 0.05, "the mean is a tenth of the deviation")
        #expect(PairedDifference(values.map { $0 + 1 }).pValue < 0.001)
    }

    /// Of models that do not differ, no more than one in twenty is told apart; of models that differ
    /// as the needed number of prompts supposes, four in five.
    @Test(arguments: [(0.0, 0.02, 0.08), (0.15, 0.75, 0.85)])
    func differencesAreToldAsOftenAsPromised(gain: Double, least: Double, most: Double) throws {
        // A mean of 0.15 and a deviation of 0.5: (2.8016 · 0.5 / 0.15)² is 87.2.
        let half = 0.5 * (99.0 / 100).squareRoot()
        let typical = (0..<100).map { gain + ($0 % 2 == 0 ? half : -half) }
        let needed = PairedDifference(typical).promptsNeeded
        #expect(gain == 0 ? needed == nil : needed == 88, "\(String(describing: needed))")
        var stream = RandomStream(7)
        var told = 0
        for _ in 0..<400 {
            // Three uniform numbers have a deviation of 0.5.
            let values = (0..<88).map { _ in
                gain - 1.5 + stream.uniform() + stream.uniform() + stream.uniform()
            }
            if PairedDifference(values, swaps: 300).isTold { told += 1 }
        }
        let share = Double(told) / 400
        #expect(least <= share && share <= most, "\(share)")
    }
}
