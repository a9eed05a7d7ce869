public import LanguageModels
public import NeuralNetwork

/// The choices of the algorithm, each independent of the others.
public struct GRPOSettings: Sendable, Equatable {
    /// G, completions a prompt.
    public var groupSize = 8
    /// How completions are sampled.
    public var generation = GenerationSettings(maxNewTokens: 256)
    /// The baseline and scale of the rewards.
    public var advantage = AdvantageEstimator.groupMeanAndDeviation(epsilon: 1e-4)
    /// The loss.
    public var objective = PolicyObjective()
    /// How often the update goes over the same rollouts.
    public var passes = 1
    /// Optimizer steps a pass; each takes a share of the groups, in their order.
    public var miniBatches = 1
    /// The most tokens of one forward and backward pass; changes memory and speed, not the result.
    public var microBatchTokens = 16_384
    /// The norm that the gradient is clipped to.
    public var maxGradientNorm = 1.0
    /// The update rule's numbers.
    public var optimizer = AdamW.Settings()
    /// From which every random number of the run is derived.
    public var seed: UInt64 = 0

    /// The usual choices.
    public init() {}

    /// Throws where the objective makes no sense, or there would be no optimizer step.
    public func validate() throws(ObjectiveError) {
        try objective.validate()
        for (name, value) in [("passes", passes), ("mini-batches", miniBatches)] where value < 1 {
            throw .number(name, found: Double(value), allowed: "at least 1")
        }
    }
}

extension TrainingGroup {
    /// The completions of a scored group with their advantages.
    init(_ scored: ScoredGroup, advantages: [Double]) {
        self.init(
            prompt: scored.group.prompt.tokens,
            sequences: zip(scored.group.rollouts, advantages).map { rollout, advantage in
                TrainingSequence(
                    tokens: rollout.completion.tokens,
                    oldLogProbabilities: rollout.completion.policyLogProbabilities.map(Double.init),
                    advantage: advantage)
            })
    }
}
