public import LanguageModels
import NeuralNetwork
public import Rewards
import Torch

/// One step of Proximal Policy Optimization with a value network: read it beside `GRPOStep`.
///
///     prompts → rollouts → rewards → values → advantages → batches → losses → optimizer step
///         → metrics
///
/// The value network is the baseline: a second network that learns what to expect (Schulman et al.
/// 2017, "Proximal Policy Optimization Algorithms"; for language models Ouyang et al. 2022).
public final class PPOStep {
    private let policy: LanguageModel
    private let value: ValueNetwork
    private let reference: LanguageModel?
    private let rewards: [Reward]
    let settings: PPOSettings
    let optimizer: AdamW
    let valueOptimizer: AdamW
    /// The coefficients of the objective that adapt; part of a checkpoint.
    var objectiveState: ObjectiveState
    /// Prompt and completion tokens of all steps so far.
    var tokenCount = 0
    /// The step that was left in the middle, if one was: the next call goes on with it.
    var unfinished: UnfinishedStep<TokenRollouts>?
    /// Whether the run is to end: asked before each optimizer step.
    public var stop = StopRequest()

    /// A step that trains `policy` and `value`.
    ///
    /// - Parameters:
    ///   - policy: samples and is trained: the same weights and kernels do both.
    ///   - value: expects; of the shared form only on this policy's decoder.
    ///   - reference: what the policy should not move far from; needed where one of the divergences'
    ///     coefficients is not 0.
    ///   - rewards: score the completions.
    ///   - settings: the choices of the algorithm.
    public init(
        policy: LanguageModel, value: ValueNetwork, reference: LanguageModel? = nil,
        rewards: [Reward], settings: PPOSettings
    ) {
        require(
            value.form == .separate || value.trunk === policy.decoder,
            "PPOStep: the shared value network is on another decoder than the policy's")
        do { try settings.validate() } catch { require(false, "\(error)") }
        self.policy = policy
        self.value = value
        self.reference = settings.needsReference ? reference : nil
        self.rewards = rewards
        self.settings = settings
        optimizer = AdamW(policy.decoder.trainableParameters, settings: settings.optimizer)
        valueOptimizer = AdamW(value.parameters, settings: settings.optimizer)
        objectiveState = ObjectiveState(settings.objective)
    }

    /// Samples, scores and updates once.
    ///
    /// - Parameters:
    ///   - prompts: one a group.
    ///   - step: of the run, from 0; the random numbers are derived from it.
    ///   - learningRate: of this step.
    /// - Returns: the metrics, and the completions with their rewards and the mean advantage of
    ///   each one's tokens.
    /// - Throws: what a reward throws, both networks are then as they were; ``StepInterrupted``.
    public func callAsFunction(
        _ prompts: [Prompt], step: Int, learningRate: Double
    ) async throws -> StepResult {
        // prompts → rollouts → rewards → values → advantages, unless the step has them already.
        var made = try await begin(prompts, step: step)
        var clock = StageClock(made.seconds)
        let (scored, experience) = (made.rollouts.scored, made.rollouts.experience)

        // advantages → batches → losses → optimizer step.
        try update(
            &made, learningRate: learningRate, isWarmUp: step < settings.valueWarmUpSteps)
        clock.end(.training)

        tokenCount += scored.reduce(0) { $0 + $1.group.tokenCount }
        unfinished = nil
        var metrics = StepMetrics(
            step: step + 1, collected: CollectedRollouts(groups: scored, rounds: 1),
            rewards: rewards, update: made.update, state: objectiveState,
            trustRegion: settings.objective.trustRegion, learningRate: learningRate,
            tokenCount: tokenCount, clock: clock)
        if let value = made.value { metrics.log(value) }
        return StepResult(
            metrics: metrics, groups: scored, advantages: experience.advantages(of: scored))
    }

    private func begin(
        _ prompts: [Prompt], step: Int
    ) async throws -> UnfinishedStep<TokenRollouts> {
        if let unfinished, unfinished.step == step { return unfinished }
        var clock = StageClock()

        // prompts → rollouts → rewards: the policy that samples is π_old.
        let scored = try await sampleAndScore(with: rewards, step: step + 1, clock: &clock) {
            finished in
            policy.rollouts(
                of: prompts, groupSize: settings.groupSize, settings: settings.generation,
                seed: settings.seed, step: step
            ) { finished(prompts[$0.request], $0, $1) }
        }
        try scored.checkFailures(most: settings.maxFailureShare)

        // rollouts → values: what the value network expected before each token.
        var experience = experience(of: scored)
        clock.end(.values)

        // rewards and values → advantages: how much better each token was than expected.
        Profile.span(.advantages) {
            experience.set(
                settings.advantage.estimates(
                    rewards: experience.tokenRewards(settings.divergencePenalty),
                    values: experience.values))
        }
        return UnfinishedStep(
            step: step, rollouts: TokenRollouts(scored: scored, experience: experience),
            seconds: clock.seconds,
            update: UpdateMetrics(informativeGroups: scored.count { $0.rewardsDiffer }),
            value: ValueMetrics(experience))
    }

    private func experience(of scored: [ScoredGroup]) -> Experience {
        var experience = Experience(scored)
        let budget = settings.microBatchTokens
        let temperature = settings.generation.sampling.temperature
        experience.values = Profile.span(.values) {
            experience.tokenNumbers(budget: budget, device: device) { value.values($0) }
        }
        experience.references = reference.map { reference in
            Profile.span(.referencePass) {
                experience.tokenNumbers(budget: budget, device: device) {
                    reference.tokenStatistics($0, temperature: temperature).logProbabilities
                }
            }
        }
        return experience
    }

    private func update(
        _ made: inout UnfinishedStep<TokenRollouts>, learningRate: Double, isWarmUp: Bool
    ) throws {
        let span = Profile.begin(.training)
        defer { span.end() }
        let (objective, experience) = (settings.objective, made.rollouts.experience)
        let batches = experience.batches(
            tokenBudget: settings.microBatchTokens, objective: objective, device: device)
        guard !batches.isEmpty else { return }

        optimizer.clearGradients()
        valueOptimizer.clearGradients()
        let miniBatch = MiniBatch(
            batches: batches.map(\.batch), tokens: experience.tokenCount,
            completions: experience.sequences.count)
        for pass in made.updateCount..<settings.passes {
            unfinished = made
            try stop.check()
            var (metrics, valueMetrics) = (made.update, made.value ?? ValueMetrics(experience))
            let context = UpdateContext(objective, state: objectiveState, miniBatch) { batch in
                withoutGradients { forward(batch.packed, trainsHeadAlone: true).0.entropies }
            }
            for batch in batches {
                withDropout(made.step, metrics.passCount) {
                    let (now, values) = Profile.span(.forward) {
                        forward(batch.batch.packed, trainsHeadAlone: isWarmUp)
                    }
                    let terms = objective.loss(
                        of: batch.batch, now: now, reference: batch.references, context: context)
                    let (valueLosses, valueLoss) = Profile.span(.valueLoss) {
                        let losses = settings.valueObjective.tokenLosses(
                            values: values, old: batch.oldValues, returns: batch.returns)
                        return (losses, losses.loss.sum() / Double(experience.tokenCount))
                    }
                    let loss = terms.loss + valueLoss * value.form.coefficient
                    Profile.span(.backward) { (isWarmUp ? valueLoss : loss).backward() }
                    metrics.add(terms.measured(batch.batch, now, ratio: objective.ratio))
                    valueMetrics.add(valueLosses, loss: valueLoss, pass: pass)
                }
            }
            let measured = optimize(learningRate: learningRate, &metrics, &valueMetrics)
            (made.update, made.value) = (metrics, valueMetrics)
            guard !isWarmUp else { continue }
            objectiveState.adapt(objective, to: measured, completions: miniBatch.completions)
        }
    }

    /// The decoders of both networks leave out what their adapters ask for.
    private func withDropout(_ step: Int, _ pass: Int, _ body: () -> Void) {
        policy.decoder.withDropout(settings.seed, step, pass) {
            value.trunk.withDropout(settings.seed, step, pass, body)
        }
    }

    /// Both networks on the same tokens; a shared decoder is passed once.
    private func forward(
        _ packed: PackedSequences, trainsHeadAlone: Bool
    ) -> (TokenStatistics, values: Tensor) {
        let states = policy.decoder.predictorStates(packed)
        return (
            policy.tokenStatistics(
                from: states, of: packed, temperature: settings.generation.sampling.temperature),
            value.values(packed, policyStates: states, trainsHeadAlone: trainsHeadAlone)
        )
    }

    private func optimize(
        learningRate: Double, _ metrics: inout UpdateMetrics, _ valueMetrics: inout ValueMetrics
    ) -> ObjectiveState.Measured {
        let span = Profile.begin(.optimizer)
        defer { span.end() }
        let policyNorm = optimizer.clipGradients(toNorm: settings.maxGradientNorm)
        valueMetrics.gradientNorm = valueOptimizer.clipGradients(toNorm: settings.maxGradientNorm)
        // A gradient that is not finite would spoil every weight: that update is left out.
        let isSkipped = !policyNorm.isFinite || !valueMetrics.gradientNorm.isFinite
        if !isSkipped {
            // While the values warm up the policy has no gradient, and stays as it is.
            optimizer.step(learningRate: learningRate)
            valueOptimizer.step(learningRate: learningRate * settings.valueRateScale)
        }
        optimizer.clearGradients()
        valueOptimizer.clearGradients()
        return metrics.endUpdate(gradientNorm: policyNorm, isSkipped: isSkipped)
    }

    private var device: Device { policy.decoder.device }
}
