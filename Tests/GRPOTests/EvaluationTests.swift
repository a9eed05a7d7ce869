import Testing
import Torch

@testable import GRPO

@Suite struct EvaluationTests {
    /// Wilson 1927, equation 7, evaluated with 40 digits.
    @Test(arguments: [
        (0.0, 20.0, 0.0, 0.161125158053),
        (5.0, 20.0, 0.111861701408, 0.468700877619),
        (482.0, 500.0, 0.943815673032, 0.977108939020),
        (20.0, 20.0, 0.838874841947, 1.0),
    ])
    func intervalIsWilsons(successes: Double, trials: Double, lower: Double, upper: Double) {
        let estimate = Estimate(successes: successes, trials: trials)
        #expect(abs(estimate.value - successes / trials) < 1e-12)
        #expect(abs(estimate.lower - lower) < 1e-11)
        #expect(abs(estimate.upper - upper) < 1e-11)
    }

    @Test func samplesOfOnePromptAreNotIndependent() {
        // All samples of a prompt agree: as much is known as from one sample a prompt.
        let shares = (0..<100).map { $0 < 30 ? 1.0 : 0.0 }
        let clustered = Estimate(overPrompts: shares)
        let single = Estimate(successes: 30, trials: 100)
        #expect(clustered == single)
    }

    /// Against the share of all choices of k among n that hold a solved one.
    @Test func passAtKCountsTheChoices() {
        for n in 1...6 {
            for c in 0...n {
                for k in 1...n {
                    let choices = (0..<1 << n).filter { $0.nonzeroBitCount == k }
                    let hits = choices.count { $0 & ((1 << c) - 1) != 0 }
                    let expected = Double(hits) / Double(choices.count)
                    #expect(abs(passAtK(samples: n, solved: c, k: k) - expected) < 1e-12)
                }
            }
        }
    }
}

@Suite struct DataOrderTests {
    @Test func everyEpochHoldsEveryRowOnce() {
        let order = DataOrder(count: 10, seed: 3)
        let rows = (0..<10).flatMap { order.indices(step: $0, size: 4) }
        for epoch in 0..<4 {
            #expect(Set(rows[epoch * 10..<epoch * 10 + 10]) == Set(0..<10))
        }
        #expect(rows[0..<10] != rows[10..<20])
    }

    @Test func aStepsRowsDependOnTheSeedAlone() {
        let order = DataOrder(count: 100, seed: 3)
        #expect(order.indices(step: 7, size: 8) == order.indices(step: 7, size: 8))
        #expect(
            order.indices(step: 7, size: 8)
                != DataOrder(count: 100, seed: 4).indices(step: 7, size: 8))
    }
}
