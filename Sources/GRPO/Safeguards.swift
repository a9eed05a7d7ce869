import NeuralNetwork
import Torch

/// What keeps a fault of a step from becoming damage; one for the whole run.
public final class Safeguards {
    /// Asked between the smallest units of a step; what was made of an optimizer step is dropped.
    public var stop = StopRequest()
    /// The most optimizer steps in a row whose loss or gradient is not finite.
    let maxNonFiniteSteps: Int
    /// The setting that bounds the completions at the same time.
    private(set) var samplingKey = "rollout.concurrent_completions"
    /// What it has learned of the run; part of a checkpoint.
    var state: State
    /// What a person should hear of.
    var warnings: [String] = []

    /// What is known only once a run has gone some way.
    struct State: Codable, Sendable, Equatable {
        /// The last optimizer steps in a row that were left out.
        var nonFiniteInARow = 0
        /// The most tokens of one forward and backward pass.
        var microBatchTokens: Size
        /// The most completions that are sampled at the same time.
        var concurrentCompletions: Size
    }

    /// How much is computed at once.
    struct Size: Codable, Sendable, Equatable {
        /// What the setting says; `nil` for no bound.
        let setting: Int?
        /// The bound: what the setting says, or half of it where memory has run out.
        var bound: Int?

        init(_ setting: Int?) { (self.setting, bound) = (setting, setting) }
    }

    /// Safeguards of a run.
    init(microBatchTokens: Int, concurrentCompletions: Int? = nil, maxNonFiniteSteps: Int) {
        state = State(
            microBatchTokens: Size(microBatchTokens),
            concurrentCompletions: Size(concurrentCompletions))
        self.maxNonFiniteSteps = maxNonFiniteSteps
    }

    /// Goes on from a checkpoint.
    ///
    /// Sizes are those that memory had left, unless the setting is another one now. Who goes on with
    /// a run that ended by too many steps that could not be made asks for another attempt.
    func restore(_ state: State) {
        if state.nonFiniteInARow < maxNonFiniteSteps {
            self.state.nonFiniteInARow = state.nonFiniteInARow
        }
        for size in [\State.microBatchTokens, \State.concurrentCompletions]
        where self.state[keyPath: size].setting == state[keyPath: size].setting {
            self.state[keyPath: size] = state[keyPath: size]
        }
    }

    /// The safeguards that these settings ask for.
    convenience init(_ settings: GRPOSettings) {
        self.init(
            microBatchTokens: settings.microBatchTokens,
            concurrentCompletions: settings.generation.concurrentCompletions,
            maxNonFiniteSteps: settings.maxNonFiniteSteps)
    }

    /// The safeguards that these settings ask for.
    convenience init(_ settings: PPOSettings) {
        self.init(
            microBatchTokens: settings.microBatchTokens,
            concurrentCompletions: settings.generation.concurrentCompletions,
            maxNonFiniteSteps: settings.maxNonFiniteSteps)
    }

    /// Those of an evaluation outside of a run, in which nothing is trained.
    ///
    /// - Parameters:
    ///   - settings: of the evaluation.
    ///   - key: what the person who evaluates sets the completions at the same time by.
    package convenience init(
        evaluating settings: EvaluationSettings, key: String = "rollout.concurrent_completions"
    ) {
        self.init(
            microBatchTokens: .max,
            concurrentCompletions: settings.generation.concurrentCompletions, maxNonFiniteSteps: 1)
        samplingKey = key
    }

    /// What a person should hear of, once.
    package func takeWarnings() -> [String] {
        defer { warnings = [] }
        return warnings
    }

    /// Adds the gradients of an optimizer step to the parameters.
    ///
    /// Where memory runs out, all passes are made again in smaller micro-batches: gradients and
    /// numbers are those of a run that began with these.
    ///
    /// - Parameters:
    ///   - passes: how they are made.
    ///   - optimizers: hold the parameters.
    ///   - tokens: the most that a pass has, whatever the budget.
    ///   - make: the passes within a budget of tokens.
    /// - Returns: the passes that were made, and what they gave.
    /// - Throws: `StepInterrupted`, `TrainingMemoryError`; no gradient is left then.
    func addGradients<Batch, Result>(
        _ passes: GradientPasses, to optimizers: [AdamW], tokens: Int,
        _ make: (_ tokenBudget: Int) -> UpdatePasses<Batch, Result>
    ) throws -> (made: UpdatePasses<Batch, Result>, results: [Result]) {
        do {
            return try inMicroBatches(of: tokens) { budget in
                for optimizer in optimizers { optimizer.clearGradients() }
                let made = make(budget)
                return (made, try passes.run(made.batches, stop: stop, made.pass))
            }
        } catch {
            for optimizer in optimizers { optimizer.clearGradients() }
            throw error
        }
    }
}

/// The passes of an optimizer step, each of which can be made again.
struct UpdatePasses<Batch, Result> {
    let batches: [Batch]
    /// The loss of a batch, and what is to be known of it, without tensors.
    let pass: (_ index: Int, Batch) -> (loss: Tensor, result: Result)
}

/// What is made for a budget of tokens, and made again where that has changed.
final class Divided<Value> {
    private let make: (_ tokenBudget: Int) -> Value
    private var made: (budget: Int, value: Value)?

    init(_ make: @escaping (_ tokenBudget: Int) -> Value) { self.make = make }

    func callAsFunction(_ budget: Int) -> Value {
        if let made, made.budget == budget { return made.value }
        let value = make(budget)
        made = (budget, value)
        return value
    }
}
