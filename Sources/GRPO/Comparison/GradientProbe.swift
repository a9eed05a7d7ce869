import Foundation
import LanguageModels
import NeuralNetwork
import Rewards
import Torch

/// What each baseline does to the policy gradient, measured on a fixed policy over the same
/// rollouts.
///
/// The gradient of a prompt is that of `Σ A log π` over the tokens of its group, over G. Every
/// baseline here leaves its expectation as it is (but for a value network with λ < 1), so what
/// differs is its variance.
package struct GradientProbe: Sendable, Codable {
    /// What is the same for all.
    package var settings: ComparisonSettings
    package var seed: UInt64
    /// Prompts whose gradients are compared.
    package var prompts = 128
    /// Completions a prompt that stand for its true value.
    package var monteCarloSamples = 128
    /// Steps that a value network learns in, while the policy stays as it is.
    package var valueSteps = 150

    /// A probe.
    package init(settings: ComparisonSettings, seed: UInt64) {
        self.settings = settings
        self.seed = seed
    }

    /// What the probe found.
    package struct Outcome: Sendable, Codable {
        package var baselines: [Comparison.Baseline: Comparison.BaselineQuality]
        package var prices: [Comparison.SamplingPrice]
    }

    /// Measures.
    ///
    /// - Throws: what loading, reading and scoring throw.
    package func run() async throws -> Outcome {
        let model = try LanguageModel(folder: URL(filePath: settings.model))
        let chosen = Array(try settings.testPrompts(model).prefix(prompts))
        let groups = try await rollouts(model, chosen, settings.groupSize, step: 1)
        let many = try await rollouts(model, chosen, monteCarloSamples, step: 2)
        let truth = many.map { group in
            Distribution(group.scores.compactMap(\.total)).mean
        }
        // What each baseline expects before each token of each completion.
        var expected: [Comparison.Baseline: [[[Double]]]] = [:]
        for (baseline, form) in [
            (Comparison.Baseline.valueSeparate, ValueNetworkForm.separate),
            (.valueShared, .shared()),
        ] {
            expected[baseline] = try await values(form, model, groups)
        }
        for parameter in model.decoder.parameters { parameter.value.requiringGradient() }
        let gradients = PromptGradients(model: model, groups: groups)
        let reference = gradients.matrix(
            advantages(of: groups) { place, reward in
                reward - truth[place]
            })
        var baselines: [Comparison.Baseline: Comparison.BaselineQuality] = [:]
        let plain = gradients.products(
            gradients.matrix(estimates(.none, groups, expected)), reference)
        for baseline in Comparison.Baseline.allCases {
            let matrix = gradients.matrix(estimates(baseline, groups, expected))
            let shifted = gradients.matrix(estimates(baseline, groups.addingToRewards(1), expected))
            baselines[baseline] = quality(
                gradients.products(matrix, reference), without: plain,
                shift: gradients.cosine(matrix, shifted),
                explained: explained(baseline, groups, expected, truth))
        }
        return Outcome(baselines: baselines, prices: try await prices(model, chosen))
    }

    private func rollouts(
        _ model: LanguageModel, _ prompts: [Prompt], _ count: Int, step: Int
    ) async throws -> [ScoredGroup] {
        let groups = model.rollouts(
            of: prompts, groupSize: count, settings: settings.generation, seed: seed, step: step)
        return try await score(groups, with: [.exactMatch()])
    }

    /// What a value network of this form expects, after learning on the fixed policy.
    private func values(
        _ form: ValueNetworkForm, _ model: LanguageModel, _ groups: [ScoredGroup]
    ) async throws -> [[[Double]]] {
        let value = try ValueNetwork(form, of: model)
        var settings = TrainerSettings(steps: valueSteps, learningRate: self.settings.learningRate)
        settings.promptsPerStep = self.settings.promptsPerStep
        var ppo = self.settings.ppo(seed: seed)
        ppo.valueWarmUpSteps = valueSteps
        // The head alone is a linear fit: it needs larger steps than a decoder.
        if case .shared = form { ppo.valueRateScale = 10 }
        settings.algorithm = .ppo(ppo)
        let trainer = try Trainer(
            model: model, value: value, prompts: try self.settings.trainingPrompts(model),
            rewards: [.exactMatch()], settings: settings)
        while try await trainer.nextStep() != nil {}
        var flat = Experience(groups).tokenNumbers(
            budget: ppo.microBatchTokens, device: model.decoder.device
        ) { value.values($0) }[...]
        return groups.map { group in group.scores.map { _ in flat.removeFirst() } }
    }

    /// The advantage of every token with a number a completion.
    private func advantages(
        of groups: [ScoredGroup], _ advantage: (_ group: Int, _ reward: Double) -> Double
    ) -> [[[Double]]] {
        groups.enumerated().map { place, group in
            zip(group.group.rollouts, group.scores).map { rollout, score in
                let value = score.total.map { advantage(place, $0) } ?? 0
                return rollout.completion.tokens.map { _ in value }
            }
        }
    }

    private func estimates(
        _ baseline: Comparison.Baseline, _ groups: [ScoredGroup],
        _ expected: [Comparison.Baseline: [[[Double]]]]
    ) -> [[[Double]]] {
        switch baseline {
        case .none: return advantages(of: groups) { $1 }
        case .groupMean, .leaveOneOut:
            let estimator: AdvantageEstimator =
                baseline == .groupMean ? .groupMean : .leaveOneOut
            // The group's mean holds the completion itself, which shortens the expected gradient
            // to (G − 1) / G of the others'. Noise is compared at the same expectation.
            let size = Double(settings.groupSize)
            let scale = baseline == .groupMean ? size / (size - 1) : 1
            let values = groups.map { group in
                estimator.advantages(group.scores.map(\.total)).map { $0 * scale }
            }
            return zip(groups, values).map { group, values in
                zip(group.group.rollouts, values).map { rollout, value in
                    rollout.completion.tokens.map { _ in value }
                }
            }
        case .valueSeparate, .valueShared:
            let estimator = GeneralizedAdvantageEstimator(whitening: nil)
            let values = expected[baseline] ?? []
            return zip(groups, values).map { group, values in
                zip(group.scores, values).map { score, values in
                    var rewards = [Double](repeating: 0, count: values.count)
                    rewards[rewards.count - 1] = score.total ?? 0
                    return estimator.estimate(rewards: rewards, values: values).advantages
                }
            }
        }
    }

    /// What a baseline says of a prompt before its first token, against many samples.
    private func explained(
        _ baseline: Comparison.Baseline, _ groups: [ScoredGroup],
        _ expected: [Comparison.Baseline: [[[Double]]]], _ truth: [Double]
    ) -> Interval? {
        let said: [Double]? =
            switch baseline {
            case .groupMean:
                groups.map { Distribution($0.scores.compactMap(\.total)).mean }
            case .valueSeparate, .valueShared:
                expected[baseline]?.map { $0.first?.first ?? 0 }
            case .leaveOneOut, .none: nil
            }
        guard let said else { return nil }
        return Bootstrap(count: truth.count, seed: seed).interval { rows in
            explainedVariance(returns: rows.map { truth[$0] }, values: rows.map { said[$0] })
        }
    }

    private func quality(
        _ products: GradientProducts, without plain: GradientProducts, shift: Double,
        explained: Interval?
    ) -> Comparison.BaselineQuality {
        let bootstrap = Bootstrap(count: products.count, seed: seed)
        return Comparison.BaselineQuality(
            prompts: products.count,
            relativeVariance: bootstrap.interval { products.relativeVariance($0) },
            varianceRatioToNone: bootstrap.interval {
                products.variance($0) / plain.variance($0)
            },
            explainedVariance: explained,
            cosineToMonteCarlo: bootstrap.interval { products.cosine($0) },
            cosineAfterRewardShift: shift)
    }

    /// The time to sample one prompt's completions, by their number; the best of three.
    private func prices(
        _ model: LanguageModel, _ prompts: [Prompt]
    ) async throws -> [Comparison.SamplingPrice] {
        let sizes = [1, 2, 4, settings.groupSize, 16].filter { $0 <= max(16, settings.groupSize) }
        return Set(sizes).sorted().map { count in
            let times = (0..<3).map { round in
                ContinuousClock().measure {
                    _ = model.rollouts(
                        of: prompts, groupSize: count, settings: settings.generation, seed: seed,
                        step: 3 + round)
                } / .seconds(1)
            }
            return Comparison.SamplingPrice(
                completions: count, secondsPerPrompt: (times.min() ?? 0) / Double(prompts.count))
        }
    }
}

extension [ScoredGroup] {
    fileprivate func addingToRewards(_ number: Double) -> [ScoredGroup] {
        map { group in
            var group = group
            for place in group.scores.indices { group.scores[place].total? += number }
            return group
        }
    }
}
