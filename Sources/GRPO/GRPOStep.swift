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
    /// The coefficients of the objective that adapt; part of a checkpoint.
    var state: ObjectiveState
    /// Prompt and completion tokens of all steps so far.
    private var tokenCount = 0

    /// A step that trains `policy`.
    ///
    /// - Parameters:
    ///   - policy: samples and is trained: the same weights and kernels do both.
    ///   - reference: what the policy should not move far from; needed with a divergence.
    ///   - rewards: score the completions.
    ///   - settings: the choices of the algorithm; those that `validate()` refuses trap.
    public init(
        policy: LanguageModel, reference: LanguageModel? = nil, rewards: [Reward],
        settings: GRPOSettings
    ) {
        self.policy = policy
        do { try settings.validate() } catch { require(false, "\(error)") }
        self.reference = settings.needsReference ? reference : nil
        self.rewards = rewards
        self.settings = settings
        optimizer = AdamW(policy.decoder.trainableParameters, settings: settings.optimizer)
        state = ObjectiveState(settings.objective)
    }

    /// Samples, scores and updates once.
    ///
    /// - Parameters:
    ///   - prompts: one a group.
    ///   - reserve: sampled in place of groups that the filter refuses; none for no such bound.
    ///   - step: of the run, from 0; the random numbers are derived from it.
    ///   - learningRate: of this step.
    /// - Returns: the metrics, and the completions with their rewards and advantages.
    /// - Throws: what a reward throws; the policy is then as it was.
    public func callAsFunction(
        _ prompts: [Prompt], reserve: [Prompt] = [], step: Int, learningRate: Double
    ) async throws -> StepResult {
        var clock = StageClock()
        // prompts → rollouts → rewards: the policy that samples is π_old.
        let weights = rewardWeights(rewards, schedules: settings.rewardWeights, step: step)
        let collected = try await RolloutCollector(
            policy: policy, rewards: rewards, weights: weights, settings: settings
        ).collect(prompts, reserve: reserve, step: step, clock: &clock)

        // rewards → advantages: how much better than the others of the group.
        let scores = settings.penalized(collected.groups, weights: weights, reference: reference)
        let advantages = Profile.span(.advantages) { settings.advantage.advantages(of: scores) }

        // advantages → batches → loss → optimizer step.
        let groups = zip(collected.groups, advantages).map {
            TrainingGroup($0, advantages: $1, truncation: settings.truncation)
        }
        let update = update(on: groups, step: step, rate: learningRate)
        clock.end(.training)
        settings.referenceUpdate.update(reference, from: policy, completedSteps: step + 1)
        tokenCount += collected.sampled.reduce(0) { $0 + $1.group.tokenCount }
        return StepResult(
            metrics: StepMetrics(
                step: step + 1, collected: collected, rewards: rewards, update: update,
                state: state, trustRegion: settings.objective.trustRegion,
                learningRate: learningRate, tokenCount: tokenCount, clock: clock),
            groups: collected.groups, advantages: advantages)
    }

    private func update(on groups: [TrainingGroup], step: Int, rate: Double) -> UpdateMetrics {
        let span = Profile.begin(.training)
        defer { span.end() }
        let objective = settings.objective
        let passes = GradientPasses(policy.decoder)
        var metrics = UpdateMetrics(informativeGroups: groups.count { $0.isInformative })
        // Whole groups, an optimizer step each; their denominators are known before any backward.
        let miniBatches = objective.miniBatches(
            groups, count: settings.miniBatches, tokenBudget: settings.microBatchTokens,
            sideBySide: passes.width, device: policy.decoder.device)
        let references = miniBatches.map { $0.batches.map(referenceLogProbabilities) }
        for _ in 0..<settings.passes {
            for (miniBatch, references) in zip(miniBatches, references) {
                let context = UpdateContext(objective, state: state, miniBatch) { batch in
                    withoutGradients { statistics(of: policy, batch).entropies }
                }
                let numbers = passes.run(miniBatch.batches) { index, batch in
                    policy.decoder.withDropout(settings.seed, step, metrics.passCount + index) {
                        let now = Profile.span(.forward) { statistics(of: policy, batch) }
                        let terms = objective.loss(
                            of: batch, now: now, reference: references[index], context: context)
                        return (terms.loss, terms.measured(batch, now, ratio: objective.ratio))
                    }
                }
                numbers.forEach { metrics.add($0) }
                let norm = optimizer.update(clippedTo: settings.maxGradientNorm, rate: rate)
                let measured = metrics.endUpdate(gradientNorm: norm, isSkipped: !norm.isFinite)
                state.adapt(objective, to: measured, completions: miniBatch.completions)
            }
        }
        return metrics
    }

    private func statistics(of model: LanguageModel, _ batch: Batch) -> TokenStatistics {
        batch.statistics(of: model, temperature: settings.generation.sampling.temperature)
    }

    private func referenceLogProbabilities(_ batch: Batch) -> Tensor? {
        guard settings.objective.divergence != nil else { return nil }
        return Profile.span(.referencePass) {
            withoutGradients { reference.map { statistics(of: $0, batch).logProbabilities } }
        }
    }
}
