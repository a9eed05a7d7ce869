public import LanguageModels
import NeuralNetwork
public import Rewards
import Torch

/// One step of Group Relative Policy Optimization: read this first.
///
///     prompts → rollouts → rewards → advantages → batches → loss → optimizer step → metrics
///
/// There is no value network: the group's own mean is the baseline.
public final class GRPOStep {
    private let policy: LanguageModel
    private let reference: LanguageModel?
    private let rewards: [Reward]
    private let settings: GRPOSettings
    private let optimizer: AdamW
    /// Prompt and completion tokens of all steps so far.
    private var tokenCount = 0

    /// A step that trains `policy`.
    ///
    /// - Parameters:
    ///   - policy: samples and is trained: the same weights and kernels do both.
    ///   - reference: what the policy should not move far from; needed where β is not 0.
    ///   - rewards: score the completions.
    ///   - settings: the choices of the algorithm.
    public init(
        policy: LanguageModel, reference: LanguageModel? = nil, rewards: [Reward],
        settings: GRPOSettings
    ) {
        self.policy = policy
        self.reference = settings.objective.klCoefficient == 0 ? nil : reference
        self.rewards = rewards
        self.settings = settings
        optimizer = AdamW(policy.decoder.parameters, settings: settings.optimizer)
    }

    /// Samples, scores and updates once.
    ///
    /// - Parameters:
    ///   - prompts: one a group.
    ///   - step: of the run, from 0; the random numbers are derived from it.
    ///   - learningRate: of this step.
    /// - Returns: the metrics, and the completions with their rewards and advantages.
    /// - Throws: what a reward throws; the policy is then as it was.
    public func callAsFunction(
        _ prompts: [Prompt], step: Int, learningRate: Double
    ) async throws -> StepResult {
        var clock = StageClock()

        // prompts → rollouts: the policy that samples is π_old.
        let groups = policy.rollouts(
            of: prompts, groupSize: settings.groupSize, settings: settings.generation,
            seed: settings.seed, step: step)
        clock.end(.sampling)

        // rollouts → rewards: concurrent, on values.
        let scored = try await score(groups, with: rewards)
        clock.end(.scoring)

        // rewards → advantages: how much better than the others of the group.
        let advantages = scored.map { settings.advantage.advantages($0.scores.map(\.total)) }

        // advantages → batches → loss → optimizer step.
        let update = update(on: scored, advantages, learningRate: learningRate)
        clock.end(.training)

        tokenCount += groups.reduce(0) { $0 + $1.tokenCount }
        return StepResult(
            metrics: StepMetrics(
                step: step + 1, scored: scored, rewards: rewards, update: update,
                learningRate: learningRate, tokenCount: tokenCount, clock: clock),
            groups: scored, advantages: advantages)
    }

    private func update(
        on scored: [ScoredGroup], _ advantages: [[Double]], learningRate: Double
    ) -> UpdateMetrics {
        let groups = zip(scored, advantages).map(TrainingGroup.init)
        let all = groups.flatMap(\.sequences)
        let weight = settings.objective.aggregation.weight(
            tokens: all.reduce(0) { $0 + $1.tokens.count }, sequences: all.count)
        // A group without a signal moves nothing, unless the reference pulls on it.
        let trained = reference == nil ? groups.filter(\.isInformative) : groups
        let batches = microBatches(trained, tokenBudget: settings.microBatchTokens).map {
            Batch($0, device: policy.decoder.device, dtype: .float32, weight: weight)
        }
        var metrics = UpdateMetrics(informativeGroups: groups.count { $0.isInformative })
        guard !batches.isEmpty else { return metrics }

        let references = batches.map(referenceLogProbabilities)
        for pass in 0..<settings.passes {
            for (batch, reference) in zip(batches, references) {
                let now = policy.tokenStatistics(
                    batch.packed, temperature: settings.generation.sampling.temperature)
                let losses = settings.objective.tokenLosses(
                    logProbabilities: now.logProbabilities, old: batch.oldLogProbabilities,
                    reference: reference, advantages: batch.advantages)
                (losses.loss * batch.weights).sum().backward()
                metrics.add(losses, batch, now, objective: settings.objective, pass: pass)
            }
            metrics.gradientNorm = optimizer.clipGradients(toNorm: settings.maxGradientNorm)
            // A gradient that is not finite would spoil every weight: that update is left out.
            if metrics.gradientNorm.isFinite {
                optimizer.step(learningRate: learningRate)
            } else {
                metrics.skippedUpdates += 1
            }
            optimizer.clearGradients()
        }
        return metrics
    }

    private func referenceLogProbabilities(_ batch: Batch) -> Tensor? {
        withoutGradients {
            reference?.tokenStatistics(
                batch.packed, temperature: settings.generation.sampling.temperature
            ).logProbabilities
        }
    }
}
