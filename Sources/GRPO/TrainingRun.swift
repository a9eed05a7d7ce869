public import Foundation
public import LanguageModels
import Rewards
import Torch

/// What a run tells whoever watches it.
public enum RunEvent {
    /// A training step is done.
    case step(StepMetrics)
    /// A supervised step is done; it is the `step`-th.
    case supervisedStep(SupervisedStep.Metrics, step: Int, learningRate: Double)
    /// An evaluation is done, after so many steps.
    case evaluation(EvaluationReport, step: Int)
    /// Something that is not as it was asked for, and does not stop the run.
    case warning(String)
    /// A model has been written.
    case saved(URL)
}

/// A whole GRPO run from a configuration: data, training, evaluation, logs, models.
public final class TrainingRun {
    /// The configuration, with every default filled in.
    public let configuration: Configuration
    /// The model that is trained.
    public let model: LanguageModel
    /// The memory that the run needs.
    public let memoryPlan: MemoryPlan
    /// The bytes that the run may take, what it took at its start included; `nil` where unknown.
    public let availableMemory: Int?
    private let rewards: [Reward]
    private let trainer: Trainer
    private let testPrompts: [Prompt]
    private let folder: RunFolder

    /// Loads and checks all that the run needs, then makes its folder.
    ///
    /// - Throws: an error that names file and line or key; nothing has been written then.
    public init(_ given: Configuration) throws {
        var configuration = given
        configuration.data.chat = given.data.chat.dated()
        try configuration.validate()
        let output = URL(filePath: configuration.run.output)
        try RunFolder.checkIsNew(output)
        self.configuration = configuration
        let surroundings = MemorySurroundings(try configuration.run.resolvedDevice())
        availableMemory = surroundings.available
        rewards = try configuration.rewards.flatMap { try $0.rewards() }
        let model = try Profile.span(.loading) {
            try configuration.run.loadModel(configuration.lora)
        }
        self.model = model
        model.decoder.recomputesBlocks = configuration.training.gradientCheckpointing
        let reading = Profile.begin(.data)
        let training = try configuration.data.trainingPrompts(for: model)
        try training.checkLengths(
            model: model, maxNewTokens: configuration.rollout.maxNewTokens)
        try training.checkAnswers(for: rewards)
        let test = try configuration.data.testPrompts(
            for: model, limit: configuration.training.evaluationLimit)
        try test?.checkLengths(model: model, maxNewTokens: configuration.rollout.maxNewTokens)
        try test?.checkAnswers(for: rewards)
        testPrompts = test?.prompts ?? []
        reading.end()
        trainer = try Trainer(
            model: model,
            value: try Profile.span(.loading) { try configuration.valueNetwork(of: model) },
            reference: try Profile.span(.loading) {
                try Self.reference(configuration, of: model)
            },
            prompts: training.prompts, rewards: rewards, settings: configuration.trainerSettings)
        memoryPlan = configuration.memoryPlan(
            model: model, value: trainer.value, prompts: training.prompts,
            program: surroundings.program)
        folder = try RunFolder(output, configuration: configuration.yamlText)
        for source in rewards.sources { try source.log(to: folder.rewardLog(source.name)) }
    }

    /// The reference is loaded only where the divergence from it counts, and not where the policy's
    /// frozen weights are its own.
    private static func reference(
        _ configuration: Configuration, of model: LanguageModel
    ) throws -> LanguageModel? {
        guard configuration.objective.kl.coefficient != 0 else { return nil }
        if configuration.reference == nil, model.decoder.adapter != nil {
            return try model.adapterReference()
        }
        var run = configuration.run
        run.model = configuration.reference ?? run.model
        return try run.loadModel()
    }

    /// The steps of the whole run.
    public var totalSteps: Int { configuration.training.steps }

    /// Trains to the last step, or to the step in which `shouldStop` turns true; saves the model.
    ///
    /// - Parameters:
    ///   - shouldStop: asked after each step.
    ///   - report: told of each step, evaluation and saved model.
    /// - Returns: where the model is.
    /// - Throws: what a reward throws, and errors of writing to the run folder.
    @discardableResult
    public func run(
        shouldStop: () -> Bool = { false }, report: (RunEvent) -> Void = { _ in }
    ) async throws -> URL {
        defer { for source in rewards.sources { source.close() } }
        if configuration.training.memoryCheck {
            Profile.span(.memoryCheck) {
                model.rehearse(
                    memoryPlan, settings: configuration.rollout.generation, value: trainer.value)
            }
        }
        while let result = try await trainer.nextStep() {
            try Profile.span(.logging) {
                try folder.log(result.metrics)
                try folder.log(result, rewards: rewards.map(\.name))
            }
            for notice in rewards.sources.flatMap({ $0.takeNotices() }) { report(.warning(notice)) }
            Profile.span(.reporting) { report(.step(result.metrics)) }
            let steps = trainer.completedSteps
            if isDue(configuration.training.evaluateEvery, after: steps) {
                try await evaluate(report: report)
            }
            if isDue(configuration.training.saveEvery, after: steps), steps < totalSteps {
                try save(to: folder.model(after: steps), report: report)
            }
            if shouldStop() { break }
        }
        try save(to: folder.model, report: report)
        return folder.model
    }

    private func save(to place: URL, report: (RunEvent) -> Void) throws {
        try Profile.span(.saving) {
            try model.save(to: place, settings: configuration.run.saveSettings)
            try trainer.value?.save(into: place)
        }
        report(.saved(place))
    }

    private func isDue(_ interval: Int, after steps: Int) -> Bool {
        interval > 0 && steps.isMultiple(of: interval)
    }

    private func evaluate(report: (RunEvent) -> Void) async throws {
        let span = Profile.begin(.evaluation)
        defer { span.end() }
        let evaluation = try await model.evaluate(
            testPrompts, rewards: rewards, settings: configuration.evaluationSettings)
        try folder.log(evaluation, step: trainer.completedSteps)
        report(.evaluation(evaluation, step: trainer.completedSteps))
    }
}
