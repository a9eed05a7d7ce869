import Foundation
import GRPO

extension Comparison {
    /// A made-up result with every measurement, the same on every call.
    static func sample(seeds: Int = 3) -> Comparison {
        var random = Noise()
        var result = Comparison(
            settings: .sample(seeds: seeds), costs: sampleCosts, baselines: sampleBaselines,
            samplingPrices: [
                .init(completions: 1, secondsPerPrompt: 0.0021),
                .init(completions: 8, secondsPerPrompt: 0.0049),
            ])
        for algorithm in Algorithm.allCases {
            for budget in Budget.allCases {
                for seed in 0..<seeds {
                    result.runs.append(
                        .sample(algorithm, budget: budget, seed: UInt64(seed), random: &random))
                }
            }
        }
        return result
    }

    private static let sampleCosts: [Algorithm: Cost] = [
        .grpo: sampleCost(.grpo, value: nil),
        .ppoSeparate: sampleCost(.ppoSeparate, value: 8_400_000, parameters: 476_353, lines: 412),
        .ppoShared: sampleCost(.ppoShared, value: 160_000, parameters: 193, lines: 398),
        .rloo: sampleCost(.rloo, value: nil),
        .reinforce: sampleCost(.reinforce, value: nil),
    ]

    private static func sampleCost(
        _ algorithm: Algorithm, value: Int?, parameters: Int = 0, lines: Int = 168
    ) -> Cost {
        var cost = Cost(
            stageSeconds: [
                .sampling: 0.0462, .scoring: 0.0007, .training: 0.0331, .other: 0.0012,
            ],
            memory: [
                .weights: 1_904_640, .gradients: 1_904_640, .optimizer: 3_809_280,
                .activations: 21_300_000,
            ], peakMemory: 312_000_000 + (value ?? 0) * 4, valueParameters: parameters,
            linesOfCode: lines)
        if let value {
            cost.memory[.valueNetwork] = value
            cost.stageSeconds[.values] = algorithm == .ppoSeparate ? 0.0104 : 0.0012
            cost.stageSeconds[.valueTraining] = algorithm == .ppoSeparate ? 0.0297 : 0.0031
        }
        return cost
    }

    private static let sampleBaselines: [Baseline: BaselineQuality] = [
        .groupMean: .init(
            prompts: 256, relativeVariance: Interval(38.2, lower: 33.9, upper: 43.5),
            varianceRatioToNone: Interval(0.41, lower: 0.36, upper: 0.47),
            explainedVariance: Interval(0.86, lower: 0.83, upper: 0.88),
            cosineToMonteCarlo: Interval(0.94, lower: 0.92, upper: 0.96),
            cosineAfterRewardShift: 1),
        .leaveOneOut: .init(
            prompts: 256, relativeVariance: Interval(38.3, lower: 34.0, upper: 43.6),
            cosineAfterRewardShift: 1),
        .valueSeparate: .init(
            prompts: 256, relativeVariance: Interval(46.1, lower: 40.2, upper: 53.0),
            explainedVariance: Interval(0.42, lower: 0.31, upper: 0.51),
            cosineToMonteCarlo: Interval(0.83, lower: 0.78, upper: 0.87),
            cosineAfterRewardShift: 0.71),
        .valueShared: .init(
            prompts: 256, relativeVariance: Interval(52.6, lower: 45.7, upper: 60.9),
            explainedVariance: Interval(-0.06, lower: -0.21, upper: 0.08),
            cosineToMonteCarlo: Interval(0.79, lower: 0.73, upper: 0.84),
            cosineAfterRewardShift: 0.66),
        .none: .init(
            prompts: 256, relativeVariance: Interval(93.4, lower: 80.3, upper: 109.9),
            cosineAfterRewardShift: 0.53),
    ]
}

extension Comparison.Settings {
    static func sample(seeds: Int = 3) -> Self {
        Self(
            task: "Sums of six digits, such as 3+9+0+7+5+5=", modelParameters: 476_160,
            seeds: (0..<UInt64(seeds)).map { $0 }, tokenBudget: 400_000, secondsBudget: 30,
            promptsPerStep: 16,
            completionsPerPrompt: [
                .grpo: 8, .ppoSeparate: 8, .ppoShared: 8, .rloo: 8, .reinforce: 8,
            ], evaluationPrompts: 500,
            machine: .init(cores: 2, processor: "AMD EPYC 7763", libtorch: "2.12.0"),
            command: "grpo compare --seeds \(seeds)")
    }
}

extension Comparison.Run {
    /// A run that learns at a speed of its algorithm, with noise.
    fileprivate static func sample(
        _ algorithm: Comparison.Algorithm, budget: Comparison.Budget, seed: UInt64,
        random: inout Noise
    ) -> Self {
        let (ceiling, speed, pace, noise): (Double, Double, Double, Double) =
            switch algorithm {
            case .grpo: (0.95, 3.4, 81e-6, 0.012)
            case .ppoSeparate: (0.90, 2.2, 121e-6, 0.035)
            case .ppoShared: (0.86, 2.0, 86e-6, 0.045)
            case .rloo: (0.945, 3.3, 81e-6, 0.012)
            case .reinforce: (0.66, 1.6, 80e-6, 0.03)
            }
        let end = budget == .tokens ? 400_000.0 : 30 / pace
        let points = (0...20).map { index in
            let tokens = end * Double(index) / 20 * (index == 0 ? 1 : 1 + 0.01 * random.next())
            let gained = 1 - exp(-speed * tokens / 400_000)
            let share =
                0.298 + (ceiling - 0.298) * gained + (index == 0 ? 0 : noise * random.next())
            return Comparison.Point(
                step: index * 20, tokens: Int(tokens),
                seconds: tokens * pace * (1 + 0.02 * random.next()),
                accuracy: .init(successes: Int(500 * min(max(share, 0), 1)), trials: 500),
                meanReward: min(max(share - 0.03, 0), 1))
        }
        return Self(algorithm, budget: budget, seed: seed, points: points)
    }
}

/// Numbers of −1 to 1 from a linear congruence (Knuth's MMIX).
private struct Noise {
    private var state: UInt64 = 42

    mutating func next() -> Double {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Double(state >> 33) / Double(1 << 30) - 1
    }
}
