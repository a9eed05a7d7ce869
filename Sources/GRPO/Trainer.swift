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
    /// The steps that have been made.
    public private(set) var completedSteps = 0

    private let prompts: [Prompt]
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
        self.settings = settings
        step = try settings.algorithm.step(
            policy: model, value: value, reference: reference, rewards: rewards)
    }

    /// Makes the next step.
    ///
    /// - Returns: its metrics and completions, or `nil` after the last.
    public func nextStep() async throws -> StepResult? {
        guard completedSteps < settings.schedule.totalSteps else { return nil }
        let choosing = Profile.begin(.choosingPrompts)
        let order = DataOrder(count: prompts.count, seed: settings.algorithm.seed)
        let rows = order.indices(step: completedSteps, size: settings.promptsPerStep)
        let reserve = order.reserve(
            step: completedSteps, size: settings.reservePromptsPerStep, without: rows)
        choosing.end()
        let span = Profile.begin(.step, [.step(completedSteps + 1)])
        defer { span.end() }
        let result = try await step(
            rows.map { prompts[$0] }, reserve: reserve.map { prompts[$0] }, step: completedSteps,
            learningRate: settings.schedule.rate(at: completedSteps))
        completedSteps += 1
        return result
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

/// The order in which the rows of the data are gone through, from the seed alone.
///
/// Each epoch has an order of its own; a step that reaches its end goes on with the next.
struct DataOrder {
    let count: Int
    let seed: UInt64

    /// The rows of a step.
    func indices(step: Int, size: Int) -> [Int] {
        var orders: [Int: [Int]] = [:]
        return (step * size..<(step + 1) * size).map { place in
            let epoch = place / count
            let order = orders[epoch] ?? order(epoch: epoch)
            orders[epoch] = order
            return order[place % count]
        }
    }

    private func order(epoch: Int) -> [Int] {
        // A word of its own keeps this stream apart from the completions'.
        var stream = RandomStream(seed, 0x64617461, UInt64(epoch))
        return Array(0..<count).shuffled(using: &stream)
    }
}

/// Why a run cannot be trained.
public enum TrainerError: Error, Equatable, CustomStringConvertible {
    case groupTooSmall(Int)
    case noCompletion
    case noReward
    case noPrompt
    case noReference
    case noValueNetwork
    case adapterCannotMoveReference
    case objective(ObjectiveError)
    case greedySampling
    case emptyPrompt(place: Int)
    case unknownToken(place: Int, token: Int, vocabulary: Int)
    case promptTooLong(place: Int, tokens: Int, maxNewTokens: Int, context: Int)

    /// What was found, and the next move.
    public var description: String {
        switch self {
        case .groupTooSmall(let size):
            "group size \(size): a group needs at least 2 completions, or there is nothing to "
                + "compare with and every advantage is 0. 8 is usual."
        case .noCompletion: "group size 0: every prompt needs at least one completion."
        case .noReward: "rewards: none were given. GRPO needs at least one to learn from."
        case .noPrompt: "prompts: none were given."
        case .noReference:
            "the objective has a divergence, but there is no reference model. Give one, or leave "
                + "the divergence out (kl: 0)."
        case .noValueNetwork:
            "PPO needs a value network. Give one, such as ValueNetwork(.separate, of: model)."
        case .adapterCannotMoveReference:
            "the reference is to follow the policy (reference_update), but only an adapter is "
                + "trained, whose mean with another is not that of the models. Keep it frozen."
        case .objective(let error): error.description
        case .greedySampling:
            "temperature 0: the completions of a group would all be the same. "
                + "Use a temperature above 0; 1 is usual."
        case .emptyPrompt(let place):
            "prompt \(place + 1): it has no tokens. Every prompt needs at least one."
        case .unknownToken(let place, let token, let vocabulary):
            "prompt \(place + 1): its token \(token) has no row in the model, which knows "
                + "\(vocabulary) (vocab_size in config.json). Leave that text out."
        case .promptTooLong(let place, let tokens, let maxNewTokens, let context):
            "prompt \(place + 1): \(tokens) tokens and up to \(maxNewTokens) new ones are more "
                + "than the model's context of \(context). Shorten the prompt, or lower "
                + "rollout.max_new_tokens."
        }
    }
}
