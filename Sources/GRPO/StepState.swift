/// What a training step keeps from one call to the next, beside weights and optimizers.
struct StepState: Codable, Sendable {
    /// The coefficients of the objective that adapt.
    var objective: ObjectiveState
    /// Prompt and completion tokens of all steps so far.
    var tokenCount = 0
    /// What faults have shown.
    var safeguards: Safeguards.State
    /// The step that GRPO was left in, if it was.
    var groups: UnfinishedStep<GroupRollouts>?
    /// The step that PPO was left in, if it was.
    var tokens: UnfinishedStep<TokenRollouts>?

    /// The optimizer steps that were made of the step it was left in.
    var unfinishedUpdates: Int? { groups?.updateCount ?? tokens?.updateCount }
}

/// A step that has its rollouts and advantages, and as much of its update as was made.
///
/// An optimizer step is made or not: the numbers are those at the end of the last one, and the count
/// of these is the place at which the update goes on.
struct UnfinishedStep<Rollouts: Codable & Sendable>: Codable, Sendable {
    /// Of the run, from 0.
    let step: Int
    /// What was sampled, scored and computed before the first optimizer step.
    let rollouts: Rollouts
    /// The time that took.
    let seconds: [StageClock.Stage: Double]
    /// The numbers so far.
    var update: UpdateMetrics
    /// Those of the value network, where there is one.
    var value: ValueMetrics?

    /// Optimizer steps that were made.
    var updateCount: Int { update.updateCount }
}

/// What GRPO's update needs of its rollouts.
struct GroupRollouts: Codable, Sendable {
    let collected: CollectedRollouts
    /// One a completion of the groups that are kept.
    let advantages: [[Double]]
}

/// What PPO's update needs of its rollouts.
struct TokenRollouts: Codable, Sendable {
    let scored: [ScoredGroup]
    let experience: Experience
}

extension ObjectiveState {
    /// These coefficients under another objective: one whose start is another one begins anew.
    ///
    /// - Parameters:
    ///   - old: the start under the objective that this state comes from.
    ///   - new: the start under the objective that goes on.
    /// - Returns: the coefficients of its next step.
    func movedOver(from old: ObjectiveState, to new: ObjectiveState) -> ObjectiveState {
        var state = self
        if old.divergenceCoefficient != new.divergenceCoefficient {
            state.divergenceCoefficient = new.divergenceCoefficient
        }
        if old.entropyCoefficient != new.entropyCoefficient {
            state.entropyCoefficient = new.entropyCoefficient
        }
        return state
    }
}
