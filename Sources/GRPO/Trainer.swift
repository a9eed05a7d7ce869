public import LanguageModels
public import NeuralNetwork
public import Rewards
import Torch

/// What a run of training steps needs to know.
public struct TrainerSettings: Sendable, Equatable {
    /// The algorithm and its choices.
    public var algorithm = Algorithm.grpo(GRPOSettings())
    /// Groups a step.
    public var promptsPerStep = 16
    /// The most groups a step samples in place of those that the filter refuses.
    public var reservePromptsPerStep = 0
    /// The learning rate, and how many steps there are.
    public var schedule: LearningRateSchedule

    /// Settings with the usual choices and a constant learning rate.
    public init(steps: Int, learningRate: Double) {
        schedule = LearningRateSchedule(
            peak: learningRate, shape: .constant, warmUpSteps: 0, totalSteps: steps)
    }

    /// The choices of GRPO, the usual ones where another algorithm is chosen; setting them chooses
    /// GRPO.
    public var grpo: GRPOSettings {
        get { if case .grpo(let grpo) = algorithm { grpo } else { GRPOSettings() } }
        set { algorithm = .grpo(newValue) }
    }
}

/// Trains a model step by step; iterate over it for the metrics of each step.
///
///     for try await metrics in try Trainer(model: model, prompts: prompts, rewards: [reward],
///         settings: TrainerSettings(steps: 100, learningRate: 1e-5))
///     { print(metrics.step, metrics.reward) }
public final class Trainer: AsyncSequence {
    /// The model that is trained.
    public let model: LanguageModel
    /// The value network that is trained with it; `nil` for GRPO, which has none.
    public let value: ValueNetwork?
    /// What keeps the faults of a step from becoming damage. Its `stop` is asked between the parts
    /// of a step, which is then left with ``StepInterrupted``, and gone on with by the next call of
    /// ``nextStep()``.
    public var safeguards: Safeguards { step.safeguards }
    /// The steps that have been made.
    public private(set) var completedSteps = 0

    private let prompts: [Prompt]
    private let rewards: [Reward]
    private let settings: TrainerSettings
    private let step: any TrainingStep

    /// A trainer that has made no step yet.
    ///
    /// - Parameters:
    ///   - model: is trained in place.
    ///   - value: the value network, trained in place too; needed for PPO.
    ///   - reference: what the policy should not move far from; needed with a divergence.
    ///   - prompts: gone through in a new order each epoch.
    ///   - rewards: score the completions; the first is the verifier that accuracy is counted by.
    ///   - settings: the choices of the run.
    /// - Throws: `TrainerError` for settings and prompts that cannot be trained on.
    public init(
        model: LanguageModel, value: ValueNetwork? = nil, reference: LanguageModel? = nil,
        prompts: [Prompt], rewards: [Reward], settings: TrainerSettings
    ) throws(TrainerError) {
        let generation = settings.algorithm.generation
        guard !rewards.isEmpty else { throw .noReward }
        guard !prompts.isEmpty else { throw .noPrompt }
        guard generation.sampling.temperature > 0 else { throw .greedySampling }
        for (place, prompt) in prompts.enumerated() {
            try model.checkLength(
                of: prompt, place: place, maxNewTokens: generation.maxNewTokens)
        }
        self.model = model
        self.value = value
        self.prompts = prompts
        self.rewards = rewards
        self.settings = settings
        step = try settings.algorithm.step(
            policy: model, value: value, reference: reference, rewards: rewards)
    }

    /// Makes the next step.
    ///
    /// - Returns: its metrics and completions, or `nil` after the last.
    /// - Throws: what a reward throws, `StepInterrupted`, `TrainingMemoryError`, and
    ///   `NonFiniteTrainingError` after too many optimizer steps that could not be made.
    public func nextStep() async throws -> StepResult? {
        try step.safeguards.checkFinite()
        guard completedSteps < settings.schedule.totalSteps else { return nil }
        let choosing = Profile.begin(.choosingPrompts)
        let order = DataOrder(count: prompts.count, seed: settings.algorithm.seed)
        let rows = order.indices(step: completedSteps, size: settings.promptsPerStep)
        let reserve = order.reserve(
            step: completedSteps, size: settings.reservePromptsPerStep, without: rows)
        choosing.end()
        let span = Profile.begin(.step, [.step(completedSteps + 1)])
        defer { span.end() }
        do {
            let result = try await step(
                rows.map { prompts[$0] }, reserve: reserve.map { prompts[$0] },
                step: completedSteps, learningRate: settings.schedule.rate(at: completedSteps))
            completedSteps += 1
            return result
        } catch {
            if !(error is StepInterrupted) { dropUnstartedUpdate() }
            throw error
        }
    }

    /// What a checkpoint needs beside tensors.
    var state: TrainerState {
        TrainerState(
            completedSteps: completedSteps, step: step.state,
            initialObjective: step.initialObjective,
            rewardCounts: Dictionary(
                rewards.sources.map { ($0.name, $0.counts) },
                uniquingKeysWith: { first, _ in first }
            ))
    }

    /// Every tensor that training changes, by the file of a checkpoint that holds it.
    var networks: TrainedNetworks {
        TrainedNetworks(
            model: model, value: value, reference: step.movingReference,
            optimizers: step.optimizers)
    }

    /// Goes on from the numbers of a checkpoint; the tensors are those of its files already.
    func restore(_ state: TrainerState) {
        completedSteps = state.completedSteps
        var step = state.step
        step.objective = step.objective.movedOver(
            from: state.initialObjective, to: self.step.initialObjective)
        self.step.state = step
        for source in rewards.sources {
            if let counts = state.rewardCounts[source.name] { source.setCounts(counts) }
        }
    }

    /// Leaves a step of which no optimizer step was made: after an error it is sampled again, under
    /// other settings where that is asked for.
    private func dropUnstartedUpdate() {
        var state = step.state
        guard state.unfinishedUpdates == 0 else { return }
        (state.groups, state.tokens) = (nil, nil)
        step.state = state
    }

    /// Makes a step each time it is asked for the next metrics.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let trainer: Trainer

        /// The metrics of the next step, or `nil` after the last.
        public mutating func next() async throws -> StepMetrics? {
            try await trainer.nextStep()?.metrics
        }
    }

    /// An iterator that goes on where the trainer stands.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(trainer: self) }
}

extension LanguageModel {
    /// Throws where a prompt is empty or, with its completion, longer than the model's context.
    func checkLength(of prompt: Prompt, place: Int, maxNewTokens: Int) throws(TrainerError) {
        guard !prompt.tokens.isEmpty else { throw .emptyPrompt(place: place) }
        guard prompt.tokens.count + maxNewTokens <= contextLength else {
            throw .promptTooLong(
                place: place, tokens: prompt.tokens.count, maxNewTokens: maxNewTokens,
                context: contextLength)
        }
        if let token = unknownToken(in: prompt.tokens) {
            throw .unknownToken(
                place: place, token: token, vocabulary: decoder.configuration.vocabularySize)
        }
    }
}
