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
        let span = Profile.begin(.referencePass)
        defer { span.end() }
        let sequences = groups.map { group in
            TrainingGroup(
                prompt: group.prompt.tokens,
                sequences: group.rollouts.map {
                    TrainingSequence(
                        tokens: $0.completion.tokens, oldLogProbabilities: [], advantage: 0)
                })
        }
        var rows = sequences.tokenNumbers(budget: tokenBudget, device: decoder.device) {
            tokenStatistics($0, temperature: temperature).logProbabilities
        }[...]
        return groups.map { group in
            defer { rows = rows.dropFirst(group.rollouts.count) }
            return Array(rows.prefix(group.rollouts.count))
        }
    }
}

extension [TrainingGroup] {
    /// A number for every completion token, from passes that record no gradient.
    ///
    /// - Parameters:
    ///   - budget: the most tokens of one pass.
    ///   - device: where the tensors lie.
    ///   - compute: gives a pass's numbers, `[C]`.
    /// - Returns: for each completion of each group, in order, one a token.
    func tokenNumbers(
        budget: Int, device: Device, _ compute: (PackedSequences) -> Tensor
    ) -> [[Double]] {
        // Micro-batches keep the order of the completions, so that all tokens follow each other.
        var tokens = microBatches(self, tokenBudget: budget).flatMap { batch in
            let packed = PackedSequences(
                batch.map {
                    TokenGroup(prompt: $0.prompt, completions: $0.sequences.map(\.tokens))
                },
                device: device)
            return withoutGradients { compute(packed).to(.float64).doubles }
        }[...]
        return flatMap(\.sequences).map { sequence in
            defer { tokens = tokens.dropFirst(sequence.tokens.count) }
            return [Double](tokens.prefix(sequence.tokens.count))
        }
    }
}
