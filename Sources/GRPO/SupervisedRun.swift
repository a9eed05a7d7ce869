public import Foundation
public import LanguageModels
import NeuralNetwork

/// A whole run of supervised fine-tuning from a configuration: the warm start.
public final class SupervisedRun {
    /// The configuration, with every default filled in.
    public let configuration: SupervisedConfiguration
    /// The model that is trained.
    public let model: LanguageModel
    /// The steps of the whole run.
    public let totalSteps: Int
    private let examples: [SupervisedExample]
    private let step: SupervisedStep
    private let schedule: LearningRateSchedule
    private let folder: RunFolder

    /// Loads and checks all that the run needs, then makes its folder.
    ///
    /// - Throws: an error that names file and line or key; nothing has been written then.
    public init(_ given: SupervisedConfiguration) throws {
        var configuration = given
        configuration.data.chat = given.data.chat.dated()
        try configuration.validate()
        let output = URL(filePath: configuration.run.output)
        try RunFolder.checkIsNew(output)
        self.configuration = configuration
        model = try configuration.run.loadModel(configuration.lora)
        model.decoder.recomputesBlocks = configuration.training.gradientCheckpointing
        examples = try configuration.data.trainingPrompts(for: model, learnsAnswers: true)
            .examples(model: model)
        totalSteps = configuration.training.totalSteps(rows: examples.count)
        schedule = configuration.optimizer.schedule(steps: totalSteps)
        step = SupervisedStep(
            model: model, optimizer: configuration.optimizer.adamW,
            microBatchTokens: configuration.training.microBatchTokens,
            maxGradientNorm: configuration.optimizer.maxGradientNorm,
            seed: UInt64(configuration.run.seed))
        folder = try RunFolder(output, configuration: configuration.yamlText)
    }

    /// Trains to the last step, or to the step in which `shouldStop` turns true; saves the model.
    ///
    /// - Parameters:
    ///   - shouldStop: asked after each step.
    ///   - report: told of each step and saved model.
    /// - Returns: where the model is.
    /// - Throws: errors of writing to the run folder.
    @discardableResult
    public func run(
        shouldStop: () -> Bool = { false }, report: (RunEvent) -> Void = { _ in }
    ) throws -> URL {
        let order = DataOrder(count: examples.count, seed: UInt64(configuration.run.seed))
        for index in 0..<totalSteps {
            let rate = schedule.rate(at: index)
            let metrics = step(
                order.indices(step: index, size: configuration.training.batchSize)
                    .map { examples[$0] },
                step: index, learningRate: rate)
            try folder.log(metrics, step: index + 1, learningRate: rate)
            report(.supervisedStep(metrics, step: index + 1, learningRate: rate))
            let interval = configuration.training.saveEvery
            if interval > 0, (index + 1).isMultiple(of: interval), index + 1 < totalSteps {
                try model.save(
                    to: folder.model(after: index + 1),
                    settings: configuration.run.saveSettings)
                report(.saved(folder.model(after: index + 1)))
            }
            if shouldStop() { break }
        }
        try model.save(to: folder.model, settings: configuration.run.saveSettings)
        report(.saved(folder.model))
        return folder.model
    }
}

extension SupervisedConfiguration.Training {
    /// The steps of a run over so many rows; the last step of an epoch is filled from the next.
    func totalSteps(rows: Int) -> Int {
        steps ?? ((epochs ?? 1) * rows + batchSize - 1) / batchSize
    }
}
