public import Foundation
public import LanguageModels
import NeuralNetwork
import Torch

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
        let model = try Profile.span(.loading) {
            try configuration.run.loadModel(configuration.lora)
        }
        self.model = model
        model.decoder.recomputesBlocks = configuration.training.gradientCheckpointing
        examples = try Profile.span(.data) {
            try configuration.data.trainingPrompts(for: model, learnsAnswers: true)
                .examples(model: model)
        }
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
            let rows = order.indices(step: index, size: configuration.training.batchSize)
            let metrics = Profile.span(.step, [.step(index + 1)]) {
                step(rows.map { examples[$0] }, step: index, learningRate: rate)
            }
            try Profile.span(.logging) {
                try folder.log(metrics, step: index + 1, learningRate: rate)
            }
            Profile.span(.reporting) {
                report(.supervisedStep(metrics, step: index + 1, learningRate: rate))
            }
            let interval = configuration.training.saveEvery
            if interval > 0, (index + 1).isMultiple(of: interval), index + 1 < totalSteps {
                try save(to: folder.model(after: index + 1), report: report)
            }
            if shouldStop() { break }
        }
        try save(to: folder.model, report: report)
        return folder.model
    }

    private func save(to place: URL, report: (RunEvent) -> Void) throws {
        try Profile.span(.saving) {
            try model.save(to: place, settings: configuration.run.saveSettings)
        }
        report(.saved(place))
    }
}

extension SupervisedConfiguration.Training {
    /// The steps of a run over so many rows; the last step of an epoch is filled from the next.
    func totalSteps(rows: Int) -> Int {
        steps ?? ((epochs ?? 1) * rows + batchSize - 1) / batchSize
    }
}
