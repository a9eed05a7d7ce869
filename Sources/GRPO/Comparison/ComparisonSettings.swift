import LanguageModels
import NeuralNetwork
import Rewards

/// What `grpo compare` measures with: the same for every algorithm.
package struct ComparisonSettings: Sendable, Codable, Equatable {
    /// Folder of the warm start.
    package var model: String
    /// JSON Lines file with the training prompts.
    package var train: String
    /// JSON Lines file with the held-out prompts.
    package var test: String
    /// Held-out prompts of which the accuracy is taken.
    package var evaluationPrompts = 200
    /// Groups a step.
    package var promptsPerStep = 32
    /// Completions a prompt, in every algorithm: so all spend the same on a prompt.
    package var groupSize = 8
    /// The most tokens of a completion.
    package var maxNewTokens = 8
    /// Constant after the warm-up: so a run that is cut is a run of that length.
    package var learningRate = 3e-4
    /// Steps over which it rises.
    package var warmUpSteps = 10
    /// The decay of AdamW's second moment.
    package var beta2 = 0.99
    /// Generated tokens a run.
    package var tokenBudget: Int
    /// Wall time of training a run, evaluations apart.
    package var secondsBudget: Double
    /// Steps between evaluations.
    package var evaluateEvery = 25
    /// CPU threads.
    package var threads = 1

    /// Settings with the usual numbers.
    package init(
        model: String, train: String, test: String, tokenBudget: Int, secondsBudget: Double
    ) {
        self.model = model
        self.train = train
        self.test = test
        self.tokenBudget = tokenBudget
        self.secondsBudget = secondsBudget
    }

    /// The settings of an algorithm: only the baseline and what belongs to it differ.
    func trainerSettings(
        _ algorithm: Comparison.Algorithm, seed: UInt64
    ) -> TrainerSettings {
        var settings = TrainerSettings(steps: 1_000_000, learningRate: learningRate)
        settings.promptsPerStep = promptsPerStep
        settings.schedule = LearningRateSchedule(
            peak: learningRate, shape: .constant, warmUpSteps: warmUpSteps, totalSteps: 1_000_000)
        switch algorithm {
        case .ppoSeparate, .ppoShared: settings.algorithm = .ppo(ppo(seed: seed))
        case .grpo: settings.grpo = grpo(.groupMean, seed: seed)
        case .rloo: settings.grpo = grpo(.leaveOneOut, seed: seed)
        case .reinforce: settings.grpo = grpo(.reward, seed: seed)
        }
        return settings
    }

    var generation: GenerationSettings { GenerationSettings(maxNewTokens: maxNewTokens) }

    private func grpo(_ advantage: AdvantageEstimator, seed: UInt64) -> GRPOSettings {
        var settings = GRPOSettings()
        settings.groupSize = groupSize
        settings.generation = generation
        settings.advantage = advantage
        settings.optimizer.beta2 = beta2
        settings.seed = seed
        return settings
    }

    func ppo(seed: UInt64) -> PPOSettings {
        var settings = PPOSettings()
        settings.groupSize = groupSize
        settings.generation = generation
        settings.optimizer.beta2 = beta2
        settings.seed = seed
        return settings
    }
}
