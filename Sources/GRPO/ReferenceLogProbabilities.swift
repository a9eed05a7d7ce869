import LanguageModels
import Torch

extension LanguageModel {
    /// The log-probability of each completion token under this model, for a penalty in the reward,
    /// which needs it before there are advantages.
    ///
    /// - Parameters:
    ///   - groups: the completions.
    ///   - temperature: at which they were sampled.
    ///   - tokenBudget: the most tokens of one pass.
    /// - Returns: for each group, for each completion, one a token, in nats.
    func logProbabilities(
        of groups: [RolloutGroup], temperature: Double, tokenBudget: Int
    ) -> [[[Double]]] {
        let sequences = groups.map { group in
            TrainingGroup(
                prompt: group.prompt.tokens,
                sequences: group.rollouts.map {
                    TrainingSequence(
                        tokens: $0.completion.tokens, oldLogProbabilities: [], advantage: 0)
                })
        }
        // Micro-batches keep the order of the completions, so that all tokens follow each other.
        var tokens = microBatches(sequences, tokenBudget: tokenBudget).flatMap { batch in
            let packed = PackedSequences(
                batch.map {
                    TokenGroup(prompt: $0.prompt, completions: $0.sequences.map(\.tokens))
                },
                device: decoder.device)
            return withoutGradients {
                tokenStatistics(packed, temperature: temperature).logProbabilities.doubles
            }
        }[...]
        return groups.map { group in
            group.rollouts.map { rollout in
                defer { tokens = tokens.dropFirst(rollout.completion.tokens.count) }
                return Array(tokens.prefix(rollout.completion.tokens.count))
            }
        }
    }
}
