public import Foundation
public import LanguageModels
import Rewards
import Torch

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
    let folder: RunFolder
    let writer: RunWriter
    private let checkpoints: RunCheckpoints
    private let origin: RunOrigin
    private var evaluations = EvaluationHistory()
    /// The best evaluation so far; its model is in the run's `best/`.
    package var bestEvaluation: BestEvaluation? { evaluations.best }

    /// Loads and checks all that the run needs, then makes its folder.
    ///
    /// - Throws: an error that names file and line or key; nothing has been written then.
    public convenience init(_ given: Configuration) throws {
        var configuration = given
        configuration.data.chat = given.data.chat.dated()
        try configuration.validate()
        try self.init(configuration, from: .new(URL(filePath: configuration.run.output)))
    }

    /// A run that was ended before its last step, by a signal or in any other way.
    ///
    /// It goes on from its newest checkpoint that is whole, and gives the same files, times
    /// excepted, as if it had never ended.
    ///
    /// - Parameters:
    ///   - folder: of the run.
    ///   - isForced: goes on although the model, the data or a setting is not what it was.
    /// - Throws: an error that says why it cannot go on; nothing has been changed then.
    public convenience init(resuming folder: URL, isForced: Bool = false) throws {
        let (configuration, origin): (Configuration, RunOrigin) = try RunOrigin.resumed(
            folder, isForced: isForced)
        try self.init(configuration, from: origin)
    }

    /// A new run that begins behind a step of another, under other settings.
    ///
    /// - Parameters:
    ///   - parent: the folder of the other run.
    ///   - steps: those after which it made a checkpoint.
    ///   - overrides: `key.path=value`.
    ///   - output: the folder of the new run.
    /// - Throws: an error that names checkpoint or key; nothing has been written then.
    public convenience init(
        forking parent: URL, at steps: Int, overrides: [String] = [], output: URL
    ) throws {
        let (configuration, origin): (Configuration, RunOrigin) = try RunOrigin.forked(
            parent, at: steps, overrides: overrides, to: output)
        try self.init(configuration, from: origin)
    }

    private init(_ configuration: Configuration, from given: RunOrigin) throws {
        var origin = given
        self.configuration = configuration
        writer = RunWriter(configuration.training.onSaveFailure)
        let inputs = try Profile.span(.data) { try RunInputs(configuration) }
        try origin.check(configuration, inputs)
        let surroundings = MemorySurroundings(try configuration.run.resolvedDevice())
        availableMemory = surroundings.available
        rewards = try configuration.rewards.flatMap { try $0.rewards() }
        let model = try loading { try configuration.run.loadModel(configuration.lora) }
        self.model = model
        model.decoder.recomputesBlocks = configuration.training.gradientCheckpointing
        let reading = Profile.begin(.data)
        let training = try configuration.data.trainingPrompts(for: model)
        try training.checkLengths(
            model: model, maxNewTokens: configuration.rollout.maxNewTokens)
        try training.checkAnswers(for: rewards)
        let test = try configuration.data.testPrompts(
            for: model, limit: configuration.evaluate.limit)
        try test?.checkLengths(model: model, maxNewTokens: configuration.rollout.maxNewTokens)
        try test?.checkAnswers(for: rewards)
        testPrompts = test?.prompts ?? []
        reading.end()
        let rewards = rewards
        trainer = try loading {
            try Trainer(
                model: model, value: configuration.valueNetwork(of: model),
                reference: Self.reference(configuration, of: model), prompts: training.prompts,
                rewards: rewards, settings: configuration.trainerSettings)
        }
        memoryPlan = configuration.memoryPlan(
            model: model, value: trainer.value, prompts: training.prompts,
            program: surroundings.program)
        if let checkpoint = origin.checkpoint {
            try trainer.networks.read(from: checkpoint.url)
            let state = try checkpoint.value(TrainingRunState.self, RunCheckpoints.stateName)
            trainer.restore(state.trainer)
            // A fork has none yet: those of its parent are of other settings.
            if case .resumed = origin.kind { evaluations = state.evaluations }
        }
        folder = try origin.open(configuration, model.decoder.device)
        checkpoints = RunCheckpoints(folder, configuration, inputs, model.decoder.device)
        self.origin = origin
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

    /// The steps that have been made.
    public var completedSteps: Int { trainer.completedSteps }

    /// Trains to the last step and saves the model, or makes a checkpoint when it is to end before.
    ///
    /// - Parameters:
    ///   - stop: asked often; a step that is left in the middle is gone on with by `grpo resume`.
    ///   - takesCheckpoint: asked after each step: whether a checkpoint is to be made now.
    ///   - report: told of each step, evaluation, checkpoint and saved model.
    /// - Returns: where the model or the checkpoint is.
    /// - Throws: what a reward throws, ``TrainingMemoryError``, ``NonFiniteTrainingError``, and
    ///   errors of writing to the run folder. A checkpoint of what was reached is made before that.
    @discardableResult
    public func run(
        stop: StopRequest = StopRequest(), takesCheckpoint: () -> Bool = { false },
        report: (RunEvent) -> Void = { _ in }
    ) async throws -> RunOutcome {
        defer { rewards.sources.close() }
        origin.tell(report)
        trainer.safeguards.stop = stop
        do { try await train(stop, takesCheckpoint, report) } catch {
            return try end(with: error, report)
        }
        return try finish(report)
    }

    private func train(
        _ stop: StopRequest, _ takesCheckpoint: () -> Bool, _ report: (RunEvent) -> Void
    ) async throws {
        // A fork stands on its own feet from its first moment on.
        if case .forked = origin.kind { _ = try writeCheckpoint(report) }
        if configuration.training.memoryCheck {
            try Profile.span(.memoryCheck) {
                try model.rehearse(
                    memoryPlan, settings: configuration.rollout.generation, value: trainer.value,
                    safeguards: trainer.safeguards)
            }
            tellWarnings(report)
        }
        try await finishStep(takesCheckpoint: false, report)
        while completedSteps < totalSteps {
            try stop.check()
            guard let result = try await trainer.nextStep() else { break }
            try log(result, report)
            try await finishStep(takesCheckpoint: takesCheckpoint(), report)
        }
        try trainer.safeguards.checkFinite()
    }
}

// What is written.
extension TrainingRun: SavedRun {
    var position: CheckpointPosition { trainer.state.position }

    func takeWarnings() -> [String] {
        rewards.sources.flatMap { $0.takeNotices() } + trainer.safeguards.takeWarnings()
    }

    func saveModel(to place: URL) throws {
        try model.save(to: place, settings: configuration.run.saveSettings, value: trainer.value)
    }

    func writeCheckpoint(_ report: (RunEvent) -> Void) throws -> URL {
        let state = TrainingRunState(trainer: trainer.state, evaluations: evaluations)
        return try checkpoints.write(
            at: state.trainer.position, state: state, networks: trainer.networks, run: folder,
            best: evaluations.best?.step, report: report)
    }

    private func log(_ result: StepResult, _ report: (RunEvent) -> Void) throws {
        try Profile.span(.logging) {
            try writer.log(to: folder, report: report) {
                $0.log(result.metrics)
                $0.log(result, rewards: rewards.map(\.name))
                $0.log(faults: result.faultLines)
            }
        }
        for fault in result.nonFinite { report(.warning(fault.warning)) }
        tellWarnings(report)
        Profile.span(.reporting) { report(.step(result.metrics)) }
    }

    /// What is due behind a step, and has not been done before the run was ended there.
    private func finishStep(
        takesCheckpoint: Bool, _ report: (RunEvent) -> Void
    ) async throws {
        let steps = completedSteps
        guard steps > 0 else { return }
        var isBest = false
        let every = configuration.evaluate.every
        let isEvaluated = isDue(every, after: steps) || every > 0 && steps == totalSteps
        if isEvaluated, evaluations.last != steps {
            isBest = try await evaluate(report)
        }
        if takesCheckpoint || checkpoints.isDue(after: steps, of: totalSteps)
            || isBest && checkpoints.areRegular
        {
            try writer.attempt(report: report) { _ = try writeCheckpoint(report) }
        }
        if isDue(configuration.training.saveEvery, after: steps), steps < totalSteps {
            try saveModel(after: steps, report)
        }
    }

    private func isDue(_ interval: Int, after steps: Int) -> Bool {
        interval > 0 && steps.isMultiple(of: interval)
    }

    /// Whether it is the best so far, and its model saved.
    private func evaluate(_ report: (RunEvent) -> Void) async throws -> Bool {
        let span = Profile.begin(.evaluation)
        defer { span.end() }
        let evaluation = try await model.evaluate(
            testPrompts, rewards: rewards, settings: configuration.evaluationSettings,
            safeguards: trainer.safeguards)
        tellWarnings(report)
        try writer.log(to: folder, report: report) { $0.log(evaluation, step: completedSteps) }
        report(.evaluation(evaluation, step: completedSteps))
        guard
            let best = evaluations.add(
                evaluation, after: completedSteps, metric: configuration.evaluate.best)
        else { return false }
        let isSaved: Void? = try writer.attempt(report: report) {
            try folder.replaceBest(best, save: saveModel(to:))
            report(.saved(folder.best))
        }
        guard isSaved != nil else { return false }
        evaluations.best = best
        return true
    }
}
