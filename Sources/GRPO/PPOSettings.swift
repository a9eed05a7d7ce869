public import LanguageModels
public import NeuralNetwork

/// The choices of Proximal Policy Optimization; those of `GRPOSettings` have the same names.
public struct PPOSettings: Sendable, Equatable {
    /// G, completions a prompt. Nothing is compared within a group, so 1 is enough.
    public var groupSize = 8
    /// How completions are sampled.
    public var generation = GenerationSettings(maxNewTokens: 256)
    /// How rewards and values become advantages.
    public var advantage = GeneralizedAdvantageEstimator()
    /// The share of a step's completions that rewards may fail on; more end the run.
    public var maxFailureShare = 0.5
    /// The loss of the policy.
    public var objective = PolicyObjective()
    /// The loss of the value network.
    public var valueObjective = ValueObjective()
    /// What is taken off each token's reward for its distance to the reference (Ouyang et al. 2022,
    /// equation 2); `nil` for nothing. The divergence in `objective` is a term of the loss instead.
    public var divergencePenalty: DivergencePenalty?
    /// The first steps, in which the value network learns alone and the policy stays as it is.
    public var valueWarmUpSteps = 0
    /// The learning rate of the value network's own weights, in learning rates of the policy.
    public var valueRateScale = 1.0
    /// Optimizer steps on the same rollouts.
    public var passes = 1
    /// The most tokens of one forward and backward pass; changes memory and speed, not the result.
    public var microBatchTokens = 16_384
    /// So many optimizer steps in a row whose loss or gradient is not finite end the training.
    public var maxNonFiniteSteps = 3
    /// The norm that the gradients of the policy, and of the value network's own weights, are each
    /// clipped to.
    public var maxGradientNorm = 1.0
    /// The update rule's numbers, for both networks.
    public var optimizer = AdamW.Settings()
    /// From which every random number of the run is derived.
    public var seed: UInt64 = 0

    /// The usual choices.
    public init() {}

    /// Throws where the objective makes no sense, or there would be no optimizer step.
    public func validate() throws(ObjectiveError) {
        try objective.validate()
        guard passes >= 1 else {
            throw .number("passes", found: Double(passes), allowed: "at least 1")
        }
    }

    /// Whether something holds the policy to a reference.
    var needsReference: Bool { objective.divergence != nil || divergencePenalty != nil }
}
