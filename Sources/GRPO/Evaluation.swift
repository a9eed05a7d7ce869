import Foundation
public import LanguageModels
public import Rewards
import Tokenizers
import Torch

/// A share and its 95 % interval.
public struct Estimate: Sendable, Equatable, Codable {
    /// The share, 0 to 1.
    public let value: Double
    /// The lower end of the interval.
    public let lower: Double
    /// The upper end of the interval.
    public let upper: Double

    /// The share of `successes` among independent trials, with Wilson's score interval
    /// (Wilson 1927; Brown, Cai & DasGupta 2001, equation 4).
    public init(successes: Double, trials: Double) {
        guard trials > 0 else {
            (value, lower, upper) = (0, 0, 1)
            return
        }
        let z = 1.959963984540054
        let share = successes / trials
        let center = (share + z * z / (2 * trials)) / (1 + z * z / trials)
        let variance = share * (1 - share) / trials + z * z / (4 * trials * trials)
        let half = z / (1 + z * z / trials) * variance.squareRoot()
        (value, lower, upper) = (share, max(0, center - half), min(1, center + half))
    }

    /// The mean of one share a prompt; prompts are independent, the samples within one are not.
    ///
    /// Wilson's interval with the number of independent trials that has the variance seen between
    /// prompts (Korn & Graubard 1998).
    public init(shares: [Double]) {
        let distribution = Distribution(shares)
        let (mean, count) = (distribution.mean, Double(shares.count))
        let variance = distribution.deviation * distribution.deviation / max(count, 1)
        let effective = variance > 0 ? mean * (1 - mean) / variance : count
        let wilson = Estimate(successes: mean * effective, trials: effective)
        (value, lower, upper) = (mean, wilson.lower, wilson.upper)
    }
}

/// How a model is evaluated.
public struct EvaluationSettings: Sendable, Equatable {
    /// How completions are sampled; the greedy ones differ in the temperature alone.
    public var generation: GenerationSettings
    /// Sampled completions a prompt; 0 for the greedy one alone.
    public var samples: Int
    /// The k of pass@k, each at most `samples`.
    public var passAt: [Int]
    /// From which the samples' random numbers are derived.
    public var seed: UInt64

    /// Settings of one greedy and one sampled completion a prompt.
    public init(
        generation: GenerationSettings, samples: Int = 1, passAt: [Int] = [], seed: UInt64 = 0
    ) {
        self.generation = generation
        self.samples = samples
        self.passAt = passAt
        self.seed = seed
    }
}

/// What an evaluation found; a completion is solved where the first reward is at least 1.
public struct EvaluationReport: Sendable, Equatable {
    /// The prompts.
    public let count: Int
    /// The completions that the first reward failed on: they count neither as solved nor as not.
    public let failed: Int
    /// The share of prompts whose greedy completion is solved.
    public let greedy: Estimate
    /// The share of sampled completions that are solved.
    public let sampled: Estimate?
    /// The probability that one of k samples is solved, unbiased (Chen et al. 2021, equation 1).
    public let passAt: [(k: Int, estimate: Estimate)]
    /// Tokens of a greedy completion.
    public let meanLength: Double
    /// The share of greedy completions that reached the limit.
    public let truncated: Double
    /// The greedy completions, in the order of the prompts.
    public let greedyGroups: [ScoredGroup]

    /// Whether both found the same numbers.
    public static func == (left: Self, right: Self) -> Bool {
        left.greedy == right.greedy && left.sampled == right.sampled
            && left.passAt.elementsEqual(right.passAt, by: ==)
    }
}

extension LanguageModel {
    /// Measures how many prompts the model solves.
    ///
    /// - Parameters:
    ///   - prompts: held out from training.
    ///   - rewards: as in training; the first is the verifier.
    ///   - settings: how completions are sampled.
    /// - Returns: accuracy, greedy and sampled, with intervals, and the completions.
    /// - Throws: what a reward throws.
    public func evaluate(
        _ prompts: [Prompt], rewards: [Reward], settings: EvaluationSettings
    ) async throws -> EvaluationReport {
        var greedySettings = settings.generation
        greedySettings.sampling = .greedy
        let greedy = try await sampleAndScore(
            prompts, rewards: rewards, generation: greedySettings, samples: 1, seed: settings.seed)
        let sampled = try await sampleAndScore(
            prompts, rewards: rewards, generation: settings.generation, samples: settings.samples,
            seed: settings.seed)
        let judged = sampled.map { $0.scores.filter(\.isJudged) }
        let solved = judged.map { (samples: $0.count, solved: $0.count { $0.isSolved }) }
        let shares = solved.filter { $0.samples > 0 }
            .map { Double($0.solved) / Double($0.samples) }
        let judgedGreedy = greedy.filter { $0.scores[0].isJudged }
        let completions = greedy.flatMap { $0.group.rollouts.map(\.completion) }
        let count = Double(max(prompts.count, 1))
        return EvaluationReport(
            count: prompts.count,
            failed: (greedy + sampled).flatMap(\.scores).count { !$0.isJudged },
            greedy: Estimate(
                successes: Double(judgedGreedy.count { $0.scores[0].isSolved }),
                trials: Double(judgedGreedy.count)),
            sampled: settings.samples > 0 ? Estimate(shares: shares) : nil,
            passAt: settings.passAt.map { k in
                let passes = solved.filter { $0.samples >= k }
                    .map { passAtK(samples: $0.samples, solved: $0.solved, k: k) }
                return (k, Estimate(shares: passes))
            },
            meanLength: completions.reduce(0) { $0 + Double($1.tokens.count) } / count,
            truncated: Double(completions.count { $0.finish == .length }) / count,
            greedyGroups: greedy)
    }

    /// Samples in portions, so that the cache of a large evaluation stays small.
    private func sampleAndScore(
        _ prompts: [Prompt], rewards: [Reward], generation: GenerationSettings, samples: Int,
        seed: UInt64
    ) async throws -> [ScoredGroup] {
        guard samples > 0 else { return [] }
        let portion = max(1, 512 / samples)
        var scored: [ScoredGroup] = []
        for start in stride(from: 0, to: prompts.count, by: portion) {
            let part = Array(prompts[start..<min(start + portion, prompts.count)])
            let groups = rollouts(
                of: part, groupSize: samples, settings: generation, seed: seed, step: start)
            scored += try await score(groups, with: rewards)
        }
        return scored
    }
}

/// The probability that at least one of k samples drawn without replacement from n is solved,
/// `1 − C(n − c, k) / C(n, k)` for c solved ones (Chen et al. 2021, equation 1).
public func passAtK(samples n: Int, solved c: Int, k: Int) -> Double {
    require(1 <= k && k <= n && 0 <= c && c <= n, "pass@\(k) of \(c) solved among \(n) samples")
    guard n - c >= k else { return 1 }
    var miss = 1.0
    for place in (n - c + 1)..<(n + 1) { miss *= 1 - Double(k) / Double(place) }
    return 1 - miss
}
