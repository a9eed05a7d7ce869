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
    let policy: LanguageModel
    let reference: LanguageModel?
    let rewards: [Reward]
    let settings: GRPOSettings
    let optimizer: AdamW
    /// The coefficients of the objective that adapt; part of a checkpoint.
    var objectiveState: ObjectiveState
    /// Prompt and completion tokens of all steps so far.
    var tokenCount = 0
    /// The step that was left in the middle, if one was: the next call goes on with it.
    var unfinished: UnfinishedStep<GroupRollouts>?
    /// Whether the run is to end: asked before each optimizer step.
    public var stop = StopRequest()

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
        objectiveState = ObjectiveState(settings.objective)
    }

    /// Samples, scores and updates once.
    ///
    /// - Parameters:
    ///   - prompts: one a group.
    ///   - reserve: sampled in place of groups that the filter refuses; none for no such bound.
    ///   - step: of the run, from 0; the random numbers are derived from it.
    ///   - learningRate: of this step.
    /// - Returns: the metrics, and the completions with their rewards and advantages.
    /// - Throws: what a reward throws, the policy is then as it was; ``StepInterrupted``.
    public func callAsFunction(
        _ prompts: [Prompt], reserve: [Prompt] = [], step: Int, learningRate: Double
    ) async throws -> StepResult {
        // prompts → rollouts → rewards → advantages, unless the step has them already.
        var made = try await begin(prompts, reserve: reserve, step: step)
        var clock = StageClock(made.seconds)
        let (collected, advantages) = (made.rollouts.collected, made.rollouts.advantages)

        // advantages → batches → loss → optimizer step.
        let groups = zip(collected.groups, advantages).map {
            TrainingGroup($0, advantages: $1, truncation: settings.truncation)
        }
        try update(&made, on: groups, rate: learningRate)
        clock.end(.training)
        settings.referenceUpdate.update(reference, from: policy, completedSteps: step + 1)
        tokenCount += collected.sampled.reduce(0) { $0 + $1.group.tokenCount }
        unfinished = nil
        return StepResult(
            metrics: StepMetrics(
                step: step + 1, collected: collected, rewards: rewards, update: made.update,
                state: objectiveState, trustRegion: settings.objective.trustRegion,
                learningRate: learningRate, tokenCount: tokenCount, clock: clock),
            groups: collected.groups, advantages: advantages)
    }

    private func update(
        _ made: inout UnfinishedStep<GroupRollouts>, on groups: [TrainingGroup], rate: Double
    ) throws {
        let span = Profile.begin(.training)
        defer { span.end() }
        let (objective, step) = (settings.objective, made.step)
        let passes = GradientPasses(policy.decoder)
        optimizer.clearGradients()
        // Whole groups, an optimizer step each; their denominators are known before any backward.
        let miniBatches = objective.miniBatches(
            groups, count: settings.miniBatches, tokenBudget: settings.microBatchTokens,
            sideBySide: passes.width, device: policy.decoder.device)
        let references = miniBatches.map { $0.batches.map(referenceLogProbabilities) }
        for place in made.updateCount..<settings.passes * miniBatches.count {
            unfinished = made
            try stop.check()
            let miniBatch = miniBatches[place % miniBatches.count]
            let references = references[place % miniBatches.count]
            let context = UpdateContext(objective, state: objectiveState, miniBatch) { batch in
                withoutGradients { statistics(of: policy, batch).entropies }
            }
            let passCount = made.update.passCount
            let numbers = passes.run(miniBatch.batches) { index, batch in
                policy.decoder.withDropout(settings.seed, step, passCount + index) {
                    let now = Profile.span(.forward) { statistics(of: policy, batch) }
                    let terms = objective.loss(
                        of: batch, now: now, reference: references[index], context: context)
                    return (terms.loss, terms.measured(batch, now, ratio: objective.ratio))
                }
            }
            numbers.forEach { made.update.add($0) }
            let norm = optimizer.update(clippedTo: settings.maxGradientNorm, rate: rate)
            let measured = made.update.endUpdate(gradientNorm: norm, isSkipped: !norm.isFinite)
            objectiveState.adapt(objective, to: measured, completions: miniBatch.completions)
        }
    }
}
