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
    /// What keeps faults from becoming damage, and whether the run is to end.
    let safeguards: Safeguards

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
        safeguards = Safeguards(settings)
    }

    /// Samples, scores and updates once.
    ///
    /// - Parameters:
    ///   - prompts: one a group.
    ///   - step: of the run, from 0; the random numbers are derived from it.
    ///   - learningRate: of this step.
    /// - Returns: the metrics, and the completions with their rewards and the mean advantage of
    ///   each one's tokens.
    /// - Throws: what a reward throws, and ``StepInterrupted``; the next call goes on with the step.
    ///   And ``TrainingMemoryError``, where memory runs out twice, or ``UpdateMemoryError``.
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
            metrics: metrics, groups: scored, advantages: experience.advantages(of: scored),
            nonFinite: made.update.nonFinite)
    }

    private func begin(
        _ prompts: [Prompt], step: Int
    ) async throws -> UnfinishedStep<TokenRollouts> {
        if let unfinished, unfinished.step == step { return unfinished }
        var clock = StageClock()

        // prompts → rollouts → rewards: the policy that samples is π_old.
        let scored = try await sampleAndScore(
            with: rewards, step: step + 1, clock: &clock, stop: safeguards.stop
        ) { finished in
            try policy.rollouts(
                of: prompts, groupSize: settings.groupSize, settings: settings.generation,
                seed: settings.seed, step: step, safeguards: safeguards
            ) { finished(prompts[$0.request], $0, $1) }
        }
        try scored.checkFailures(most: settings.maxFailureShare)

        // rollouts → values: what the value network expected before each token.
        try safeguards.stop.check()
        var experience = try safeguards.inMicroBatches {
            self.experience(of: scored, budget: $0)
        }
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

    private func experience(of scored: [ScoredGroup], budget: Int) -> Experience {
        var experience = Experience(scored)
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
        let (experience, step) = (made.rollouts.experience, made.step)
        guard !experience.sequences.isEmpty else { return }
        let batches = Divided { [settings, device] budget in
            experience.batches(
                tokenBudget: budget, objective: settings.objective, device: device)
        }
        let passes = GradientPasses(
            policy.decoder.trainableParameters + value.parameters, width: 1)
        let tokens = experience.groups.reduce(0) { $0 + $1.tokenCount }
        optimizer.clearGradients()
        valueOptimizer.clearGradients()
        for pass in made.updateCount..<settings.passes {
            unfinished = made
            try safeguards.stop.check()
            let first = made.update.passCount
            let (parts, numbers) = try safeguards.addGradients(
                passes, to: [optimizer, valueOptimizer], tokens: tokens
            ) {
                self.passes(
                    over: batches($0), of: experience, step, first: first, isWarmUp: isWarmUp)
            }
            let policyNumbers = made.update.adding(numbers.map(\.policy))
            var valueMetrics = made.value ?? ValueMetrics(experience)
            for number in numbers { valueMetrics.add(number.value, pass: pass) }
            let norm = try optimize(
                policyNumbers.areFinite, learningRate: learningRate, &valueMetrics)
            made.value = valueMetrics
            let measured = made.update.endUpdate(norm, policyNumbers, step: step, safeguards) {
                passes.culprits(of: parts, policyNumbers)
            }
            guard !isWarmUp else { continue }
            objectiveState.adapt(
                settings.objective, to: measured, completions: experience.sequences.count)
        }
    }

    private func passes(
        over batches: [PPOBatch], of experience: Experience, _ step: Int, first: Int,
        isWarmUp: Bool
    ) -> UpdatePasses<PPOBatch, (policy: PassNumbers, value: ValuePassNumbers)> {
        let objective = settings.objective
        let miniBatch = MiniBatch(
            batches: batches.map(\.batch), tokens: experience.tokenCount,
            completions: experience.sequences.count)
        let context = UpdateContext(objective, state: objectiveState, miniBatch) { batch in
            withoutGradients { forward(batch.packed, trainsHeadAlone: true).0.entropies }
        }
        return UpdatePasses(batches: batches) { [self] index, batch in
            withDropout(step, first + index) {
                let (now, values) = Profile.span(.forward) {
                    forward(batch.batch.packed, trainsHeadAlone: isWarmUp)
                }
                let terms = objective.loss(
                    of: batch.batch, now: now, reference: batch.references, context: context)
                let (losses, valueLoss) = Profile.span(.valueLoss) {
                    let losses = settings.valueObjective.tokenLosses(
                        values: values, old: batch.oldValues, returns: batch.returns)
                    return (losses, losses.loss.sum() / Double(experience.tokenCount))
                }
                let policy = terms.passNumbers(
                    batch.batch, now, ratio: objective.ratio, valueLosses: losses.loss)
                let loss = terms.loss + valueLoss * value.form.coefficient
                return (
                    isWarmUp ? valueLoss : loss, (policy, ValuePassNumbers(losses, loss: valueLoss))
                )
            }
        }
    }

    /// The decoders of both networks leave out what their adapters ask for.
    private func withDropout<Result>(_ step: Int, _ pass: Int, _ body: () -> Result) -> Result {
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

    /// Updates both networks, or neither where a loss or a gradient is not finite.
    ///
    /// - Returns: the norm of the policy's gradient before clipping; not a number where that of the
    ///   value network's own weights is not finite.
    /// - Throws: `UpdateMemoryError`; nothing has been changed then.
    private func optimize(
        _ isFinite: Bool, learningRate: Double, _ valueMetrics: inout ValueMetrics
    ) throws -> Double {
        let span = Profile.begin(.optimizer)
        defer { span.end() }
        let optimizers = [optimizer, valueOptimizer]
        let norms = try safeguards.gradientNorms(of: optimizers)
        for (optimizer, norm) in zip(optimizers, norms) {
            optimizer.clipGradients(ofNorm: norm, toNorm: settings.maxGradientNorm)
        }
        let norm = norms[0]
        valueMetrics.gradientNorm = norms[1]
        let valueIsFinite = valueMetrics.gradientNorm.isFinite
        if isFinite, norm.isFinite, valueIsFinite {
            // While the values warm up the policy has no gradient, and stays as it is.
            optimizer.step(learningRate: learningRate)
            valueOptimizer.step(learningRate: learningRate * settings.valueRateScale)
        }
        optimizer.clearGradients()
        valueOptimizer.clearGradients()
        return valueIsFinite ? norm : .nan
    }

    private var device: Device { policy.decoder.device }
}
