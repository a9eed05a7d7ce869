import Foundation
import LanguageModels
import NeuralNetwork
import Rewards
import Torch

/// One training of a comparison: an algorithm and a seed, up to both budgets.
///
/// It is meant for a process of its own: its peak of memory is then that of this training.
package struct ComparisonTraining: Sendable, Codable {
    /// What is the same for all.
    package var settings: ComparisonSettings
    package var algorithm: Comparison.Algorithm
    package var seed: UInt64

    /// A training.
    package init(
        _ algorithm: Comparison.Algorithm, seed: UInt64, settings: ComparisonSettings
    ) {
        self.algorithm = algorithm
        self.seed = seed
        self.settings = settings
    }

    /// What a training gave.
    package struct Outcome: Sendable, Codable {
        /// One for each budget: a shorter one is the longer one cut.
        package var runs: [Comparison.Run]
        package var cost: Comparison.Cost
    }

    /// Trains and measures.
    ///
    /// - Throws: what loading, reading and scoring throw.
    package func run() async throws -> Outcome {
        let model = try LanguageModel(folder: URL(filePath: settings.model))
        let value: ValueNetwork? =
            switch algorithm {
            case .ppoSeparate: try ValueNetwork(.separate, of: model)
            case .ppoShared: try ValueNetwork(.shared(), of: model)
            case .grpo, .rloo, .reinforce: nil
            }
        let trainer = try Trainer(
            model: model, value: value, prompts: try settings.trainingPrompts(model),
            rewards: [.exactMatch()],
            settings: settings.trainerSettings(algorithm, seed: seed))
        let test = try settings.testPrompts(model)
        let loaded = ProcessMemory.resident
        let curve = try await train(trainer, test)
        let budgets: [(Comparison.Budget, (Comparison.Point) -> Bool)] = [
            (.tokens, { $0.tokens <= settings.tokenBudget }),
            (.seconds, { $0.seconds <= settings.secondsBudget }),
        ]
        return Outcome(
            runs: budgets.map { budget, isWithin in
                Comparison.Run(
                    algorithm, budget: budget, seed: seed, points: curve.points.filter(isWithin))
            },
            cost: cost(model, value, loaded: loaded, stages: curve.stages))
    }

    private typealias Curve = (
        points: [Comparison.Point], stages: [Comparison.Stage: Double]
    )

    private func train(_ trainer: Trainer, _ test: [Prompt]) async throws -> Curve {
        var points = [
            Comparison.Point(
                step: 0, tokens: 0, seconds: 0, accuracy: try await tally(trainer.model, test))
        ]
        var (tokens, seconds) = (0, 0.0)
        var stages: [Comparison.Stage: Double] = [:]
        while tokens < settings.tokenBudget || seconds < settings.secondsBudget,
            let result = try await trainer.nextStep()
        {
            tokens += result.groups.reduce(0) { sum, group in
                sum + group.group.rollouts.reduce(0) { $0 + $1.completion.tokens.count }
            }
            seconds += result.metrics.seconds
            for stage in Comparison.Stage.allCases {
                if let time = result.metrics["time/\(stage.rawValue)"] {
                    stages[stage, default: 0] += time
                }
            }
            let step = result.metrics.step
            var point = Comparison.Point(
                step: step, tokens: tokens, seconds: seconds, meanReward: result.metrics.reward)
            if step.isMultiple(of: settings.evaluateEvery) {
                point.accuracy = try await tally(trainer.model, test)
            }
            points.append(point)
        }
        return (points, stages.mapValues { $0 / Double(max(trainer.completedSteps, 1)) })
    }

    private func tally(
        _ model: LanguageModel, _ test: [Prompt]
    ) async throws -> Comparison.Tally {
        let report = try await model.evaluate(
            test, rewards: [.exactMatch()],
            settings: EvaluationSettings(generation: settings.generation, samples: 0))
        let solved = report.outcomes.count { $0.greedy.isSolved == true }
        return Comparison.Tally(successes: solved, trials: report.count)
    }

    /// Weights, gradients and AdamW's two moments are counted; activations are what the process
    /// grew by beside them.
    private func cost(
        _ model: LanguageModel, _ value: ValueNetwork?, loaded: Int?,
        stages: [Comparison.Stage: Double]
    ) -> Comparison.Cost {
        let policy = model.decoder.parameters.byteCount
        let network = value?.parameters.byteCount ?? 0
        var memory: [Comparison.MemoryPart: Int] = [
            .weights: policy, .gradients: policy, .optimizer: 2 * policy,
        ]
        if value != nil { memory[.valueNetwork] = 4 * network }
        if let peak = ProcessMemory.peak, let loaded {
            memory[.activations] = max(0, peak - loaded - 3 * (policy + network))
        }
        return Comparison.Cost(
            stageSeconds: stages, memory: memory, peakMemory: ProcessMemory.peak,
            valueParameters: value?.parameters.reduce(0) { $0 + $1.value.count } ?? 0,
            linesOfCode: (value == nil ? StepCode.grpo : .ppo).lines)
    }
}

extension [Parameter] {
    /// The bytes of all of them.
    fileprivate var byteCount: Int {
        reduce(0) { $0 + $1.value.count * $1.value.dtype.byteCount }
    }
}

extension ComparisonSettings {
    func trainingPrompts(_ model: LanguageModel) throws -> [Prompt] {
        try PromptFile(train, Configuration.Data(train: train), limit: nil, model: model).prompts
    }

    func testPrompts(_ model: LanguageModel) throws -> [Prompt] {
        try PromptFile(
            test, Configuration.Data(train: test), limit: evaluationPrompts, model: model
        ).prompts
    }
}
