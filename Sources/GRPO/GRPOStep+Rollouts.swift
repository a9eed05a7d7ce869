import LanguageModels
import Torch

// What a step of GRPO does before its update.
extension GRPOStep {
    /// prompts → rollouts → rewards → advantages; a step that was left in the middle has them.
    func begin(
        _ prompts: [Prompt], reserve: [Prompt], step: Int
    ) async throws -> UnfinishedStep<GroupRollouts> {
        if let unfinished, unfinished.step == step { return unfinished }
        var clock = StageClock()
        // The policy that samples is π_old.
        let weights = rewardWeights(rewards, schedules: settings.rewardWeights, step: step)
        let collected = try await RolloutCollector(
            policy: policy, rewards: rewards, weights: weights, settings: settings,
            safeguards: safeguards
        ).collect(prompts, reserve: reserve, step: step, clock: &clock)

        // How much better than the others of the group.
        let scores = try settings.penalized(
            collected.groups, weights: weights, reference: reference, safeguards)
        let advantages = Profile.span(.advantages) { settings.advantage.advantages(of: scores) }
        let informative = zip(collected.groups, advantages).count {
            TrainingGroup($0, advantages: $1, truncation: settings.truncation).isInformative
        }
        return UnfinishedStep(
            step: step, rollouts: GroupRollouts(collected: collected, advantages: advantages),
            seconds: clock.seconds, update: UpdateMetrics(informativeGroups: informative))
    }
}
