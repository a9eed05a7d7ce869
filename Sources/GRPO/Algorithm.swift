public import LanguageModels
import NeuralNetwork
import Rewards

/// How the policy learns from its completions.
public enum Algorithm: Sendable, Equatable {
    /// Group Relative Policy Optimization: the group's mean is the baseline.
    case grpo(GRPOSettings)
    /// Proximal Policy Optimization: a value network is the baseline.
    case ppo(PPOSettings)

    /// How completions are sampled.
    public var generation: GenerationSettings {
        switch self {
        case .grpo(let settings): settings.generation
        case .ppo(let settings): settings.generation
        }
    }

    /// From which every random number of the run is derived.
    public var seed: UInt64 {
        switch self {
        case .grpo(let settings): settings.seed
        case .ppo(let settings): settings.seed
        }
    }
}

/// What a trainer repeats.
protocol TrainingStep: AnyObject {
    /// What keeps its faults from becoming damage.
    var safeguards: Safeguards { get }
    /// What it keeps from one call to the next, beside tensors.
    var state: StepState { get set }
    /// The coefficients before the first step.
    var initialObjective: ObjectiveState { get }
    /// The optimizers, by the name of their file in a checkpoint.
    var optimizers: [(file: String, optimizer: AdamW)] { get }
    /// The reference, where it moves.
    var movingReference: LanguageModel? { get }
    /// Samples, scores and updates once.
    func callAsFunction(
        _ prompts: [Prompt], reserve: [Prompt], step: Int, learningRate: Double
    ) async throws -> StepResult
}

extension GRPOStep: TrainingStep {
    var state: StepState {
        get {
            StepState(
                objective: objectiveState, tokenCount: tokenCount,
                safeguards: safeguards.state, groups: unfinished)
        }
        set {
            (objectiveState, tokenCount) = (newValue.objective, newValue.tokenCount)
            safeguards.restore(newValue.safeguards)
            unfinished = newValue.groups
        }
    }

    var initialObjective: ObjectiveState { ObjectiveState(settings.objective) }
    var optimizers: [(file: String, optimizer: AdamW)] { [("optimizer", optimizer)] }
    var movingReference: LanguageModel? {
        settings.referenceUpdate == .frozen ? nil : reference
    }
}

extension PPOStep: TrainingStep {
    var state: StepState {
        get {
            StepState(
                objective: objectiveState, tokenCount: tokenCount,
                safeguards: safeguards.state, tokens: unfinished)
        }
        set {
            (objectiveState, tokenCount) = (newValue.objective, newValue.tokenCount)
            safeguards.restore(newValue.safeguards)
            unfinished = newValue.tokens
        }
    }

    var initialObjective: ObjectiveState { ObjectiveState(settings.objective) }
    var optimizers: [(file: String, optimizer: AdamW)] {
        [("optimizer", optimizer), ("value-optimizer", valueOptimizer)]
    }
    var movingReference: LanguageModel? { nil }

    /// Nothing is compared within a group, so none is refused and replaced.
    func callAsFunction(
        _ prompts: [Prompt], reserve: [Prompt], step: Int, learningRate: Double
    ) async throws -> StepResult {
        try await self(prompts, step: step, learningRate: learningRate)
    }
}

extension Algorithm {
    /// The step of the algorithm; throws where its settings or networks do not do.
    func step(
        policy: LanguageModel, value: ValueNetwork?, reference: LanguageModel?, rewards: [Reward]
    ) throws(TrainerError) -> any TrainingStep {
        switch self {
        case .grpo(let settings):
            guard settings.groupSize >= 2 else { throw .groupTooSmall(settings.groupSize) }
            do { try settings.validate() } catch { throw .objective(error) }
            if settings.needsReference, reference == nil { throw .noReference }
            if settings.referenceUpdate != .frozen, policy.decoder.adapter != nil {
                throw .adapterCannotMoveReference
            }
            return GRPOStep(
                policy: policy, reference: reference, rewards: rewards, settings: settings)
        case .ppo(let settings):
            guard settings.groupSize >= 1 else { throw .noCompletion }
            do { try settings.validate() } catch { throw .objective(error) }
            guard let value else { throw .noValueNetwork }
            if settings.needsReference, reference == nil { throw .noReference }
            return PPOStep(
                policy: policy, value: value, reference: reference, rewards: rewards,
                settings: settings)
        }
    }
}
