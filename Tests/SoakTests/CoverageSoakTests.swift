import Foundation
import Testing
import Torch

@testable import GRPO

/// How often 95 % intervals over prompts hold the truth, where it is easy and where it is hard:
/// few prompts, and shares near 0 and 1. The table stands in Documentation/evaluation.md.
@Suite(.enabled(if: Soak.isAsked)) struct CoverageSoakTests {
    /// Prompts whose share of solved samples is 0, `rest` or 1.
    struct Population: Sendable, CustomStringConvertible {
        let name: String
        let never: Double
        let always: Double
        let rest: Double

        var description: String { name }
        /// The exact share.
        var share: Double { always + (1 - never - always) * rest }
        /// The exact probability that one of k samples is solved.
        func pass(at k: Int) -> Double {
            always + (1 - never - always) * (1 - pow(1 - rest, Double(k)))
        }
    }

    static let populations = [
        Population(name: "half solved", never: 0.2, always: 0.2, rest: 0.5),
        Population(name: "one in ten solved", never: 0.7, always: 0.02, rest: 0.3),
        Population(name: "nineteen in twenty solved", never: 0.01, always: 0.8, rest: 0.8),
        Population(name: "one in a hundred solved", never: 0.95, always: 0.002, rest: 0.17),
    ]

    /// Where few prompts differ, intervals are wider than they had to be; none is much too narrow.
    @Test(arguments: populations, [20, 50, 100, 300])
    func intervalsOverPromptsHold(population: Population, prompts: Int) throws {
        let rounds = 2_000
        let resamples = Resamples(of: prompts)
        var stream = RandomStream(UInt64(prompts), 0x736F_616B)
        var (held, passHeld, percentile) = (0, 0, 0)
        for _ in 0..<rounds {
            let solved = (0..<prompts).map { _ in solvedCount(population, &stream) }
            let shares = solved.map { Double($0) / 8 }
            let share = Estimate(overPrompts: shares, resamples: resamples)
            if share.lower <= population.share, population.share <= share.upper { held += 1 }
            let plain = resamples.percentileEnds(shares)
            if plain.lower <= population.share, population.share <= plain.upper { percentile += 1 }
            let pass = Estimate(
                overPrompts: solved.map { passAtK(samples: 8, solved: $0, k: 4) },
                resamples: resamples)
            let truth = population.pass(at: 4)
            if pass.lower <= truth, truth <= pass.upper { passHeld += 1 }
        }
        for (name, count) in [("share", held), ("pass@4", passHeld), ("percentile", percentile)] {
            try Soak.record(
                suite: "coverage", case: "\(name), \(population), \(prompts) prompts",
                tried: rounds, survived: count,
                note: String(format: "%.1f %%", 100 * Double(count) / Double(rounds)))
        }
        #expect(Double(min(held, passHeld)) / Double(rounds) >= 0.925, "\(held), \(passHeld)")
    }

    /// Of eight samples of a prompt.
    private func solvedCount(_ population: Population, _ stream: inout RandomStream) -> Int {
        let draw = stream.uniform()
        if draw < population.never { return 0 }
        if draw < population.never + population.always { return 8 }
        return (0..<8).count { _ in stream.uniform() < population.rest }
    }
}

extension Resamples {
    /// What most programs report: the percentiles of the resampled means.
    fileprivate func percentileEnds(_ values: [Double]) -> (lower: Double, upper: Double) {
        let means = means(of: values)
        return (means.quantile(0.025), means.quantile(0.975))
    }
}
