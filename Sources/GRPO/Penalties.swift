import LanguageModels

extension GRPOSettings {
    /// What advantages are computed from: the rewards, less the penalties for length and divergence.
    ///
    /// - Parameters:
    ///   - groups: the scored groups of the step.
    ///   - weights: of the rewards, as they were scored with.
    ///   - reference: needed where there is a penalty for divergence.
    ///   - safeguards: hold its passes within the memory.
    /// - Returns: one a group.
    /// - Throws: `TrainingMemoryError`.
    func penalized(
        _ groups: [ScoredGroup], weights: [Double], reference: LanguageModel?,
        _ safeguards: Safeguards
    ) throws -> [GroupScores] {
        let scores = groups.map {
            truncation.penalized(
                GroupScores($0, weights: weights), limit: generation.maxNewTokens)
        }
        guard let penalty = divergencePenalty, let reference else { return scores }
        let logProbabilities = try safeguards.inMicroBatches { budget in
            reference.logProbabilities(
                of: groups.map(\.group), temperature: generation.sampling.temperature,
                tokenBudget: budget)
        }
        return groups.indices.map { index in
            penalty.penalized(
                scores[index],
                policy: groups[index].group.rollouts.map {
                    $0.completion.policyLogProbabilities.map(Double.init)
                }, reference: logProbabilities[index])
        }
    }
}
