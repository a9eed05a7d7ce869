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
    /// What keeps faults from becoming damage, and whether the run is to end.
    let safeguards: Safeguards

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
        do { try settings.validate() } catch { require(false, "\(error)") }
        self.reference = settings.needsReference ? reference : nil
        (self.policy, self.rewards, self.settings) = (policy, rewards, settings)
        optimizer = AdamW(policy.decoder.trainableParameters, settings: settings.optimizer)
        (objectiveState, safeguards) = (ObjectiveState(settings.objective), Safeguards(settings))
    }

    /// Samples, scores and updates once.
    ///
    /// - Parameters:
    ///   - prompts: one a group.
    ///   - reserve: sampled in place of groups that the filter refuses; none for no such bound.
    ///   - step: of the run, from 0; the random numbers are derived from it.
    ///   - learningRate: of this step.
    /// - Returns: the metrics, and the completions with their rewards and advantages.
    /// - Throws: what a reward throws, and ``StepInterrupted``; the next call goes on with the step.
    ///   And ``TrainingMemoryError``, where memory runs out twice, or ``UpdateMemoryError``.
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
        try Profile.span(.training) { try update(&made, on: groups, rate: learningRate) }
        clock.end(.training)
        unfinished = made
        try settings.referenceUpdate.update(reference, from: policy, completedSteps: step + 1)
        tokenCount += collected.sampled.reduce(0) { $0 + $1.group.tokenCount }
        unfinished = nil
        return StepResult(
            metrics: StepMetrics(
                step: step + 1, collected: collected, rewards: rewards, update: made.update,
                state: objectiveState, trustRegion: settings.objective.trustRegion,
                learningRate: learningRate, tokenCount: tokenCount, clock: clock),
            groups: collected.groups, advantages: advantages, nonFinite: made.update.nonFinite)
    }

    private func update(
        _ made: inout UnfinishedStep<GroupRollouts>, on groups: [TrainingGroup], rate: Double
    ) throws {
        let passes = GradientPasses(policy.decoder)
        optimizer.clearGradients()
        // Whole groups, an optimizer step each; their denominators are known before any backward.
        let miniBatches = settings.miniBatches(of: groups, policy, reference, passes.width)
        for place in made.updateCount..<settings.passes * miniBatches.count {
            unfinished = made
            try safeguards.stop.check()
            let miniBatch = miniBatches[place % miniBatches.count]
            let (step, first) = (made.step, made.update.passCount)
            let (parts, found) = try safeguards.addGradients(
                passes, to: [optimizer], tokens: miniBatch.mostTokens
            ) { self.passes(over: miniBatch.within($0), step, first: first) }
            let numbers = made.update.adding(found + miniBatch.sampled)
            let norm = try safeguards.update(
                optimizer, toNorm: settings.maxGradientNorm, rate: rate, if: numbers.areFinite)
            let measured = made.update.endUpdate(norm, numbers, step: step, safeguards) {
                passes.culprits(of: parts, numbers)
            }
            objectiveState.adapt(
                settings.objective, to: measured, completions: miniBatch.completions)
        }
    }

    private func passes(
        over part: PolicyMiniBatch.Parts, _ step: Int, first: Int
    ) -> UpdatePasses<Batch, PassNumbers> {
        let objective = settings.objective
        let context = part.context(objective, objectiveState)
        return UpdatePasses(batches: part.miniBatch.batches) { [policy, settings] index, batch in
            policy.decoder.withDropout(settings.seed, step, first + index) {
                let now = Profile.span(.forward) { part.statistics(of: batch) }
                let terms = objective.loss(
                    of: batch, now: now, reference: part.references[index], context: context)
                return (terms.loss, terms.passNumbers(batch, now, ratio: objective.ratio))
            }
        }
    }
}
