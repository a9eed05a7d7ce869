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
    let folder: RunFolder
    let writer: RunWriter
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
        writer = RunWriter(configuration.training.onSaveFailure)
        let inputs = try Profile.span(.data) { try RunInputs(configuration) }
        try origin.check(configuration, inputs)
        let model = try loading { try configuration.run.loadModel(configuration.lora) }
        self.model = model
        model.decoder.recomputesBlocks = configuration.training.gradientCheckpointing
        examples = try Profile.span(.data) {
            try configuration.data.trainingPrompts(for: model, learnsAnswers: true)
                .examples(model: model)
        }
        totalSteps = configuration.training.totalSteps(rows: examples.count)
        schedule = configuration.optimizer.schedule(steps: totalSteps)
        step = try loading {
            SupervisedStep(
                model: model, optimizer: configuration.optimizer.adamW,
                microBatchTokens: configuration.training.microBatchTokens,
                maxGradientNorm: configuration.optimizer.maxGradientNorm,
                seed: UInt64(configuration.run.seed),
                maxNonFiniteSteps: configuration.training.maxNonFiniteSteps)
        }
        if let checkpoint = origin.checkpoint {
            try step.networks.read(from: checkpoint.url)
            let state = try checkpoint.value(SupervisedRunState.self, RunCheckpoints.stateName)
            completedSteps = state.position.steps
            step.safeguards.restore(state.safeguards)
        }
        folder = try origin.open(configuration, model.decoder.device)
        checkpoints = RunCheckpoints(folder, configuration, inputs, model.decoder.device)
        self.origin = origin
    }

    /// Trains to the last step and saves the model, or makes a checkpoint when it is to end before.
    ///
    /// - Parameters:
    ///   - stop: asked before each pass; the step is abandoned.
    ///   - takesCheckpoint: asked after each step: whether a checkpoint is to be made now.
    ///   - report: told of each step, checkpoint and saved model.
    /// - Returns: where the model or the checkpoint is.
    /// - Throws: ``TrainingMemoryError``, ``NonFiniteTrainingError``, and errors of writing to the
    ///   run folder. A checkpoint of the last step is made before that.
    @discardableResult
    public func run(
        stop: StopRequest = StopRequest(), takesCheckpoint: () -> Bool = { false },
        report: (RunEvent) -> Void = { _ in }
    ) throws -> RunOutcome {
        origin.tell(report)
        step.safeguards.stop = stop
        do { try train(stop, takesCheckpoint, report) } catch {
            return try end(with: error, report)
        }
        return try finish(report)
    }

    private func train(
        _ stop: StopRequest, _ takesCheckpoint: () -> Bool, _ report: (RunEvent) -> Void
    ) throws {
        if case .forked = origin.kind { _ = try writeCheckpoint(report) }
        let order = DataOrder(count: examples.count, seed: UInt64(configuration.run.seed))
        try finishStep(takesCheckpoint: false, report)
        while completedSteps < totalSteps {
            try stop.check()
            try makeStep(order, report)
            try finishStep(takesCheckpoint: takesCheckpoint(), report)
        }
        try step.safeguards.checkFinite()
    }

    private func makeStep(_ order: DataOrder, _ report: (RunEvent) -> Void) throws {
        let index = completedSteps
        let rate = schedule.rate(at: index)
        let rows = order.indices(step: index, size: configuration.training.batchSize)
        let metrics = try Profile.span(.step, [.step(index + 1)]) {
            try step(rows.map { examples[$0] }, step: index, learningRate: rate)
        }
        completedSteps += 1
        try Profile.span(.logging) {
            try writer.log(to: folder, report: report) {
                $0.log(metrics, step: completedSteps, learningRate: rate)
                $0.log(faults: faultLines(metrics, rows: rows))
            }
        }
        if let fault = metrics.nonFinite { report(.warning(fault.warning)) }
        tellWarnings(report)
        Profile.span(.reporting) {
            report(.supervisedStep(metrics, step: completedSteps, learningRate: rate))
        }
    }

    /// What is due behind a step, and has not been done before the run was ended there.
    private func finishStep(takesCheckpoint: Bool, _ report: (RunEvent) -> Void) throws {
        guard completedSteps > 0 else { return }
        if takesCheckpoint || checkpoints.isDue(after: completedSteps, of: totalSteps) {
            try writer.attempt(report: report) { _ = try writeCheckpoint(report) }
        }
        let interval = configuration.training.saveEvery
        guard interval > 0, completedSteps.isMultiple(of: interval), completedSteps < totalSteps
        else { return }
        try saveModel(after: completedSteps, report)
    }

    private func faultLines(_ metrics: SupervisedStep.Metrics, rows: [Int]) -> [String] {
        guard let fault = metrics.nonFinite else { return [] }
        let line = fault.json { place in
            let row = rows[place.request]
            return [
                "row": .number(Double(row)),
                "prompt": .string(model.tokenizer.decode(examples[row].prompt)),
                "completion": .string(model.tokenizer.decode(examples[row].answer)),
            ]
        }
        return [line]
    }
}

extension SupervisedRun: SavedRun {
    var position: CheckpointPosition { CheckpointPosition(steps: completedSteps) }

    func takeWarnings() -> [String] { step.safeguards.takeWarnings() }

    func saveModel(to place: URL) throws {
        try model.save(to: place, settings: configuration.run.saveSettings)
    }

    func writeCheckpoint(_ report: (RunEvent) -> Void) throws -> URL {
        let state = SupervisedRunState(position: position, safeguards: step.safeguards.state)
        return try checkpoints.write(
            at: position, state: state, networks: step.networks, run: folder, report: report)
    }
}

/// What a checkpoint of a supervised run holds beside tensors.
private struct SupervisedRunState: Codable {
    let position: CheckpointPosition
    /// What faults have shown.
    let safeguards: Safeguards.State
}

extension SupervisedConfiguration.Training {
    /// The steps of a run over so many rows; the last step of an epoch is filled from the next.
    func totalSteps(rows: Int) -> Int {
        steps ?? ((epochs ?? 1) * rows + batchSize - 1) / batchSize
    }
}
