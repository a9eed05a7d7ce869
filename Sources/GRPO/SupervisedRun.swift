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
    private let checkpoints: RunCheckpoints
    private let origin: RunOrigin
    /// The steps that have been made.
    public private(set) var completedSteps = 0

    /// Loads and checks all that the run needs, then makes its folder.
    ///
    /// - Throws: an error that names file and line or key; nothing has been written then.
    public convenience init(_ given: SupervisedConfiguration) throws {
        var configuration = given
        configuration.data.chat = given.data.chat.dated()
        try configuration.validate()
        try self.init(configuration, from: .new(URL(filePath: configuration.run.output)))
    }

    /// A run that was ended before its last step; see ``TrainingRun/init(resuming:isForced:)``.
    public convenience init(resuming folder: URL, isForced: Bool = false) throws {
        let (configuration, origin): (SupervisedConfiguration, RunOrigin) = try RunOrigin.resumed(
            folder, isForced: isForced)
        try self.init(configuration, from: origin)
    }

    /// A new run behind a step of another; see
    /// ``TrainingRun/init(forking:at:overrides:output:)``.
    public convenience init(
        forking parent: URL, at steps: Int, overrides: [String] = [], output: URL
    ) throws {
        let (configuration, origin): (SupervisedConfiguration, RunOrigin) = try RunOrigin.forked(
            parent, at: steps, overrides: overrides, to: output)
        try self.init(configuration, from: origin)
    }

    private init(_ configuration: SupervisedConfiguration, from given: RunOrigin) throws {
        var origin = given
        self.configuration = configuration
        let inputs = try Profile.span(.data) { try RunInputs(configuration) }
        try origin.check(configuration, inputs)
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
        if let checkpoint = origin.checkpoint {
            try step.networks.read(from: checkpoint.url)
            completedSteps = checkpoint.manifest.position.steps
        }
        folder = try origin.open(configuration, model.decoder.device)
        checkpoints = RunCheckpoints(folder, configuration, inputs, model.decoder.device)
        self.origin = origin
    }

    /// Trains to the last step and saves the model, or makes a checkpoint when it is to end before.
    ///
    /// - Parameters:
    ///   - stop: asked after each step.
    ///   - takesCheckpoint: asked after each step: whether a checkpoint is to be made now.
    ///   - report: told of each step, checkpoint and saved model.
    /// - Returns: where the model or the checkpoint is.
    /// - Throws: errors of writing to the run folder.
    @discardableResult
    public func run(
        stop: StopRequest = StopRequest(), takesCheckpoint: () -> Bool = { false },
        report: (RunEvent) -> Void = { _ in }
    ) throws -> RunOutcome {
        origin.tell(report)
        if case .forked = origin.kind { try checkpoint(report: report) }
        let order = DataOrder(count: examples.count, seed: UInt64(configuration.run.seed))
        try finishStep(takesCheckpoint: false, report: report)
        while completedSteps < totalSteps {
            if stop.isRequested { return .interrupted(checkpoint: try checkpoint(report: report)) }
            try makeStep(order, report: report)
            try finishStep(takesCheckpoint: takesCheckpoint(), report: report)
        }
        try save(to: folder.model, report: report)
        return .finished(model: folder.model)
    }

    private func makeStep(_ order: DataOrder, report: (RunEvent) -> Void) throws {
        let index = completedSteps
        let rate = schedule.rate(at: index)
        let rows = order.indices(step: index, size: configuration.training.batchSize)
        let metrics = Profile.span(.step, [.step(index + 1)]) {
            step(rows.map { examples[$0] }, step: index, learningRate: rate)
        }
        completedSteps += 1
        try Profile.span(.logging) {
            try folder.log(metrics, step: completedSteps, learningRate: rate)
        }
        Profile.span(.reporting) {
            report(.supervisedStep(metrics, step: completedSteps, learningRate: rate))
        }
    }

    /// What is due behind a step, and has not been done before the run was ended there.
    private func finishStep(takesCheckpoint: Bool, report: (RunEvent) -> Void) throws {
        guard completedSteps > 0 else { return }
        if takesCheckpoint || checkpoints.isDue(after: completedSteps, of: totalSteps) {
            try checkpoint(report: report)
        }
        let interval = configuration.training.saveEvery
        guard interval > 0, completedSteps.isMultiple(of: interval), completedSteps < totalSteps
        else { return }
        let place = folder.model(after: completedSteps)
        // A run that goes on from an earlier step makes the models behind it again.
        if FileManager.default.fileExists(atPath: place.path) {
            try FileManager.default.removeItem(at: place)
        }
        try save(to: place, report: report)
    }

    @discardableResult
    private func checkpoint(report: (RunEvent) -> Void) throws -> URL {
        let position = CheckpointPosition(steps: completedSteps)
        return try checkpoints.write(
            at: position, state: position, networks: step.networks, run: folder, report: report)
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
