public import LanguageModels
public import Rewards
import Torch

extension LanguageModel {
    /// Measures how many prompts the model solves.
    ///
    /// - Parameters:
    ///   - prompts: held out from training.
    ///   - rewards: as in training; the first is the verifier.
    ///   - settings: how completions are sampled.
    ///   - stop: asked after each token, and while rewards are waited for.
    /// - Returns: accuracy, pass@k, majority@k, reward and length, with intervals.
    /// - Throws: `EvaluationError`, what a reward throws, `StepInterrupted`, and
    ///   `TrainingMemoryError` where there is no memory for half as many completions either.
    public func evaluate(
        _ prompts: [Prompt], rewards: [Reward], settings: EvaluationSettings,
        stop: StopRequest = StopRequest()
    ) async throws -> EvaluationReport {
        let safeguards = Safeguards(evaluating: settings)
        safeguards.stop = stop
        return try await evaluate(
            prompts, rewards: rewards, settings: settings, safeguards: safeguards)
    }

    /// The same with the safeguards of a run: it samples as many completions at the same time as
    /// memory has left the run, and what memory leaves it here the run keeps to.
    func evaluate(
        _ prompts: [Prompt], rewards: [Reward], settings: EvaluationSettings,
        safeguards: Safeguards
    ) async throws -> EvaluationReport {
        EvaluationReport(
            try await outcomes(
                of: prompts, rewards: rewards, settings: settings, safeguards: safeguards),
            passAt: settings.passAt, majorityAt: settings.majorityAt)
    }

    /// What the numbers of an evaluation are computed from.
    ///
    /// - Parameters:
    ///   - prompts: held out from training.
    ///   - rewards: as in training.
    ///   - settings: how completions are sampled.
    ///   - safeguards: bound how many are sampled at the same time, and say when to stop.
    /// - Returns: one a prompt.
    /// - Throws: as `evaluate(_:rewards:settings:stop:)` does.
    package func outcomes(
        of prompts: [Prompt], rewards: [Reward], settings: EvaluationSettings,
        safeguards: Safeguards
    ) async throws -> [PromptOutcome] {
        try settings.checkVotes(of: rewards)
        var greedySettings = settings.generation
        greedySettings.sampling = .greedy
        let greedy = try await sampleAndScore(
            prompts, rewards: rewards, generation: greedySettings, samples: 1, settings: settings,
            safeguards: safeguards)
        let sampled = try await sampleAndScore(
            prompts, rewards: rewards, generation: settings.generation, samples: settings.samples,
            settings: settings, safeguards: safeguards)
        let voting = settings.majorityAt.isEmpty ? nil : rewards.first
        return greedy.indices.map { place in
            PromptOutcome(
                greedy: greedy[place], sampled: sampled.isEmpty ? nil : sampled[place],
                voting: voting)
        }
    }

    /// Samples in portions, so that the cache of a large evaluation stays small.
    ///
    /// A sample's random numbers depend on the seed, the prompt's place and the sample's, and not on
    /// the portion: the first of eight samples is the only one of one, of this model and another.
    private func sampleAndScore(
        _ prompts: [Prompt], rewards: [Reward], generation: GenerationSettings, samples: Int,
        settings: EvaluationSettings, safeguards: Safeguards
    ) async throws -> [ScoredGroup] {
        guard samples > 0 else { return [] }
        let portion = max(1, 512 / samples)
        var scored: [ScoredGroup] = []
        for start in stride(from: 0, to: prompts.count, by: portion) {
            let part = Array(prompts[start..<min(start + portion, prompts.count)])
            let groups = try rollouts(
                of: part, groupSize: samples, settings: generation, seed: settings.seed, step: 0,
                firstPlace: start, safeguards: safeguards, failpoint: "evaluation")
            scored += try await scores(of: groups, with: rewards, stop: safeguards.stop)
            try settings.checkFailures(scored)
        }
        return scored
    }
}

extension EvaluationSettings {
    /// Throws where a vote is asked for that nothing could be voted by.
    package func checkVotes(of rewards: [Reward]) throws(EvaluationError) {
        guard !majorityAt.isEmpty, let first = rewards.first, first.reading == nil else { return }
        throw .noAnswers(reward: first.name)
    }

    fileprivate func checkFailures(_ scored: [ScoredGroup]) throws(EvaluationError) {
        let scores = scored.flatMap(\.scores)
        let failures = scores.compactMap(\.failure)
        guard let first = failures.first,
            failures.count == scores.count
                || Double(failures.count) > maxFailureShare * Double(scores.count)
        else { return }
        throw .failures(
            failed: failures.count, count: scores.count, allowedShare: maxFailureShare,
            first: first)
    }
}
