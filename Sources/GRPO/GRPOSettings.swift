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
    /// The weight of each reward over the steps, `nil` for its own; empty for that of all.
    public var rewardWeights: [WeightSchedule?] = []
    /// Which groups are worth a place in the step; others are replaced from the reserve.
    public var groupFilter = GroupFilter.keepAll
    /// What becomes of completions that the length limit ended.
    public var truncation = TruncationPolicy.train
    /// A penalty in the reward for moving away from the reference.
    public var divergencePenalty: DivergencePenalty?
    /// What becomes of the reference over the run.
    public var referenceUpdate = ReferenceUpdate.frozen
    /// The share of a step's completions that rewards may fail on; more end the run.
    public var maxFailureShare = 0.5
    /// The loss.
    public var objective = PolicyObjective()
    /// How often the update goes over the same rollouts.
    public var passes = 1
    /// Optimizer steps a pass; each takes a share of the groups, in their order.
    public var miniBatches = 1
    /// The most tokens of one forward and backward pass; changes memory and speed, not the result.
    public var microBatchTokens = 16_384
    /// So many optimizer steps in a row whose loss or gradient is not finite end the training.
    public var maxNonFiniteSteps = 3
    /// The norm that the gradient is clipped to.
    public var maxGradientNorm = 1.0
    /// The update rule's numbers.
    public var optimizer = AdamW.Settings()
    /// From which every random number of the run is derived.
    public var seed: UInt64 = 0

    /// The usual choices.
    public init() {}

    /// Whether something holds the policy to a reference.
    var needsReference: Bool { objective.divergence != nil || divergencePenalty != nil }

    /// Throws where the objective makes no sense, or there would be no optimizer step.
    public func validate() throws(ObjectiveError) {
        try objective.validate()
        for (name, value) in [("passes", passes), ("mini-batches", miniBatches)] where value < 1 {
            throw .number(name, found: Double(value), allowed: "at least 1")
        }
    }
}

extension TrainingGroup {
    /// The completions of a scored group with their advantages; what `truncation` masks has no token
    /// that is trained on.
    init(_ scored: ScoredGroup, advantages: [Double], truncation: TruncationPolicy = .train) {
        let rollouts = scored.group.rollouts
        let isTrained = truncation.isTrained(rollouts.map(\.completion.finish))
        self.init(
            prompt: scored.group.prompt.tokens,
            sequences: rollouts.indices.map { place in
                let completion = rollouts[place].completion
                var sequence = TrainingSequence(
                    tokens: completion.tokens,
                    oldLogProbabilities: completion.policyLogProbabilities.map(Double.init),
                    advantage: advantages[place])
                if !isTrained[place] {
                    sequence.trainedTokens = completion.tokens.map { _ in false }
                }
                return sequence
            })
    }
}
