import Foundation
public import LanguageModels
import NeuralNetwork
public import Rewards
import Torch

// From what a configuration says to what the parts of the library take.

extension Configuration {
    /// The settings of the trainer.
    public var trainerSettings: TrainerSettings {
        var settings = TrainerSettings(steps: training.steps, learningRate: 0)
        settings.algorithm = algorithm.isPPO ? .ppo(ppoSettings) : .grpo(grpoSettings)
        settings.promptsPerStep = rollout.promptsPerStep
        settings.reservePromptsPerStep = rollout.reserve
        settings.schedule = optimizer.schedule(steps: training.steps)
        return settings
    }

    private var grpoSettings: GRPOSettings {
        var grpo = GRPOSettings()
        grpo.groupSize = rollout.groupSize
        grpo.generation = rollout.generation
        grpo.advantage = objective.advantage
        grpo.rewardWeights = rewards.flatMap(\.weightSchedules)
        grpo.maxFailureShare = training.maxFailureShare
        grpo.groupFilter = rollout.filter
        grpo.truncation = objective.truncated
        grpo.divergencePenalty = objective.kl.penalty
        grpo.referenceUpdate = referenceUpdate
        grpo.objective = objective.policyObjective(limit: rollout.maxNewTokens)
        grpo.passes = objective.passes
        grpo.miniBatches = objective.miniBatches
        grpo.microBatchTokens = training.microBatchTokens
        grpo.maxNonFiniteSteps = training.maxNonFiniteSteps
        grpo.maxGradientNorm = optimizer.maxGradientNorm
        grpo.optimizer = optimizer.adamW
        grpo.seed = UInt64(run.seed)
        return grpo
    }

    private var ppoSettings: PPOSettings {
        var ppo = PPOSettings()
        ppo.groupSize = rollout.groupSize
        ppo.generation = rollout.generation
        ppo.maxFailureShare = training.maxFailureShare
        ppo.divergencePenalty = objective.kl.penalty
        ppo.objective = objective.policyObjective(limit: rollout.maxNewTokens)
        ppo.passes = objective.passes
        ppo.microBatchTokens = training.microBatchTokens
        ppo.maxNonFiniteSteps = training.maxNonFiniteSteps
        ppo.maxGradientNorm = optimizer.maxGradientNorm
        ppo.optimizer = optimizer.adamW
        ppo.seed = UInt64(run.seed)
        algorithm.apply(to: &ppo)
        return ppo
    }
}

extension Configuration.Rollout {
    /// How completions are sampled.
    public var generation: GenerationSettings {
        var settings = GenerationSettings(
            maxNewTokens: maxNewTokens,
            sampling: SamplingSettings(
                temperature: temperature, topK: topK, topP: topP, minP: minP),
            stopStrings: stop)
        settings.concurrentCompletions = concurrentCompletions > 0 ? concurrentCompletions : nil
        settings.ignoresStopTokens = ignoreStop
        return settings
    }
}

extension Configuration.Optimizer {
    var adamW: AdamW.Settings {
        var settings = AdamW.Settings()
        settings.beta1 = beta1
        settings.beta2 = beta2
        settings.epsilon = epsilon
        settings.weightDecay = weightDecay
        return settings
    }

    func schedule(steps: Int) -> LearningRateSchedule {
        LearningRateSchedule(
            peak: learningRate, shape: schedule, warmUpSteps: warmupSteps, totalSteps: steps)
    }
}

extension Configuration.Run {
    /// Loads the model where the configuration says, after setting the threads.
    func loadModel(_ lora: Configuration.Adapter = .init()) throws -> LanguageModel {
        if threads > 0 { Library.threadCount = threads }
        let loaded = try LanguageModel.load(
            URL(filePath: model), adapter: lora.adapter.map { URL(filePath: $0) },
            device: try resolvedDevice(), dtype: lora.frozenType?.dtype)
        return try lora.adding(to: loaded, run: self)
    }

    /// The device of that name on this machine.
    func resolvedDevice() throws -> Device { try Device(named: device.description) }

    /// How models are saved.
    var saveSettings: SaveSettings {
        var settings = SaveSettings(dtype: saveDType.flatMap { DType(rawValue: $0.rawValue) })
        settings.shardBytes = Int(min(shardGigabytes * 1e9, 1e15))
        return settings
    }
}

extension Configuration.Data {
    /// The prompts of the training file.
    func trainingPrompts(
        for model: LanguageModel, learnsAnswers: Bool = false
    ) throws -> PromptFile {
        try PromptFile(
            train, self, skip: skip, limit: limit, model: model, learnsAnswers: learnsAnswers)
    }

    /// The prompts of the held-out file, if there is one.
    func testPrompts(for model: LanguageModel, limit: Int?) throws -> PromptFile? {
        try test.map { try PromptFile($0, self, limit: limit, model: model) }
    }
}

/// The rows of a data file as prompts.
public struct PromptFile {
    private let file: String
    private let lines: [Int]
    private let answersEndThemselves: [Bool]
    /// One a row.
    public let prompts: [Prompt]

    /// Reads a file.
    ///
    /// - Parameters:
    ///   - file: JSON Lines.
    ///   - data: says how a row becomes text.
    ///   - skip: leaves the first rows out.
    ///   - limit: only so many rows; `nil` for all.
    ///   - model: whose tokenizer encodes the prompts, and whose chat template writes messages.
    ///   - learnsAnswers: whether a conversation ends with the answer that is to be learned.
    /// - Throws: `PromptDataError`, naming file, line and field.
    public init(
        _ file: String, _ data: Configuration.Data, skip: Int = 0, limit: Int?,
        model: LanguageModel, learnsAnswers: Bool = false
    ) throws {
        let rows = try PromptData.rows(
            of: file, prompt: data.prompt, answer: data.answer, skip: skip, limit: limit,
            chat: try ChatRenderer(model.tokenizer, settings: data.chat),
            learnsAnswers: learnsAnswers)
        self.file = file
        answersEndThemselves = rows.map(\.answerEndsItself)
        lines = rows.map(\.line)
        prompts = rows.map {
            Prompt($0.prompt, answer: $0.answer, row: $0.row, model: model)
        }
    }

    /// The line in the file, from 1, that a prompt was made from.
    func line(of place: Int) -> Int { lines[place] }

    /// Throws, naming the line, where a prompt does not fit the model's context.
    public func checkLengths(model: LanguageModel, maxNewTokens: Int) throws {
        for (place, prompt) in prompts.enumerated() {
            do {
                try model.checkLength(of: prompt, place: place, maxNewTokens: maxNewTokens)
            } catch {
                throw RunError(path: "\(file):\(lines[place])", reason: "\(error)")
            }
        }
    }

    /// Throws, naming the line, where a reward cannot score a row whatever the completion.
    public func checkAnswers(for rewards: [Reward]) throws {
        for (place, prompt) in prompts.enumerated() {
            let input = RewardInput(
                prompt: prompt.text, completion: "", answer: prompt.answer, row: prompt.row)
            for reward in rewards {
                do {
                    try reward.check(input)
                } catch {
                    throw RunError(path: "\(file):\(lines[place])", reason: "\(error)")
                }
            }
        }
    }

    /// The rows as pairs to learn from.
    ///
    /// - Throws: `RunError`, naming the line, where a row has no answer or does not fit.
    func examples(model: LanguageModel) throws -> [SupervisedExample] {
        try prompts.enumerated().map { index, prompt in
            let place = "\(file):\(lines[index])"
            guard let answer = prompt.answer else {
                throw RunError(path: place, reason: "expected an answer; set data.answer.")
            }
            var example = SupervisedExample(prompt: prompt.text, answer: answer, model: model)
            // A chat template has written the end of the turn already.
            if answersEndThemselves[index] { example.answer = model.tokenizer.encode(answer) }
            guard !example.prompt.isEmpty, !example.answer.isEmpty else {
                throw RunError(path: place, reason: "the prompt or the answer has no tokens.")
            }
            let length = example.prompt.count + example.answer.count
            guard length <= model.contextLength else {
                throw RunError(
                    path: place,
                    reason: "prompt and answer have \(length) tokens, the model's context is "
                        + "\(model.contextLength). Leave the row out, or shorten it.")
            }
            if let token = model.unknownToken(in: example.prompt + example.answer) {
                throw RunError(
                    path: place,
                    reason: "its token \(token) has no row in the model. Leave that text out.")
            }
            return example
        }
    }
}
