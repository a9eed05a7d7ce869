import Torch

/// The rollouts of one optimizer step, in passes that fit the memory.
public struct MiniBatch {
    /// What is computed: completions that move nothing are left out.
    let batches: [Batch]
    /// Trained tokens, also of completions that are left out.
    let tokens: Int
    /// Completions, also those that are left out.
    let completions: Int
}

extension PolicyObjective {
    /// Divides groups into mini-batches, one an optimizer step, and those into micro-batches.
    ///
    /// Every denominator of the loss is that of the mini-batch, with all its groups.
    ///
    /// - Parameters:
    ///   - groups: the rollouts of a step.
    ///   - count: mini-batches of whole groups, which differ by one group at most; each group alone
    ///     where there are fewer.
    ///   - tokenBudget: the most tokens of a micro-batch.
    ///   - sideBySide: micro-batches that are to be computed at the same time.
    ///   - device: where the tensors lie.
    ///   - dtype: of the loss.
    /// - Returns: the mini-batches in the order of the groups.
    func miniBatches(
        _ groups: [TrainingGroup], count: Int, tokenBudget: Int, sideBySide: Int = 1,
        device: Device, dtype: DType = .float32
    ) -> [MiniBatch] {
        groups.miniBatches(count).map {
            miniBatch(
                of: $0, tokenBudget: tokenBudget, sideBySide: sideBySide, device: device,
                dtype: dtype)
        }
    }

    /// The mini-batch of these groups, in micro-batches.
    func miniBatch(
        of groups: [TrainingGroup], tokenBudget: Int, sideBySide: Int = 1, device: Device,
        dtype: DType = .float32
    ) -> MiniBatch {
        let span = Profile.begin(.batches)
        defer { span.end() }
        let weighed = aggregation.weigh(groups, countsEmpty: countsEmptyCompletions)
        let micro = GRPO.microBatches(
            moving(weighed), tokenBudget: tokenBudget, sideBySide: sideBySide)
        return MiniBatch(
            batches: aggregation.weigh(microBatches: micro).map {
                Batch($0, device: device, dtype: dtype)
            },
            tokens: groups.reduce(0) { $0 + $1.sequences.reduce(0) { $0 + $1.trainedCount } },
            completions: groups.reduce(0) { $0 + $1.sequences.count })
    }

    /// The groups and completions that move the policy.
    private func moving(_ groups: [TrainingGroup]) -> [TrainingGroup] {
        groups.filter { movesWithoutAdvantage || $0.isInformative }.compactMap { group in
            var group = group
            group.sequences.removeAll { $0.trainedCount == 0 }
            return group.sequences.isEmpty ? nil : group
        }
    }
}

extension [TrainingGroup] {
    /// Whole groups in so many parts that differ by one group at most; each group alone where there
    /// are fewer.
    func miniBatches(_ count: Int) -> [[TrainingGroup]] {
        let parts = Swift.min(Swift.max(count, 1), self.count)
        return (0..<parts).map { index in
            Array(self[index * self.count / parts..<(index + 1) * self.count / parts])
        }
    }
}

/// Divides groups into micro-batches of at most `tokenBudget` tokens a pass.
///
/// Groups stay whole where they fit, so that their prompt is computed once; a larger one is divided
/// between completions. Passes side by side get about the same number of tokens.
func microBatches(
    _ groups: [TrainingGroup], tokenBudget: Int, sideBySide: Int
) -> [[TrainingGroup]] {
    let tokens = groups.reduce(0) { $0 + $1.tokenCount }
    let rounds = (tokens - 1) / (max(tokenBudget, 1) * sideBySide) + 1
    return groups.divided(into: rounds * sideBySide, weight: \.tokenCount)
        .flatMap { microBatches($0, tokenBudget: tokenBudget) }
}

/// Fills micro-batches one after the other.
func microBatches(_ groups: [TrainingGroup], tokenBudget: Int) -> [[TrainingGroup]] {
    var batches: [[TrainingGroup]] = []
    var current: [TrainingGroup] = []
    var tokens = 0
    for part in groups.flatMap({ divide($0, tokenBudget: tokenBudget) }) {
        if !current.isEmpty, tokens + part.tokenCount > tokenBudget {
            batches.append(current)
            (current, tokens) = ([], 0)
        }
        current.append(part)
        tokens += part.tokenCount
    }
    return current.isEmpty ? batches : batches + [current]
}

private func divide(_ group: TrainingGroup, tokenBudget: Int) -> [TrainingGroup] {
    var parts: [TrainingGroup] = []
    var part = TrainingGroup(prompt: group.prompt, sequences: [])
    for sequence in group.sequences {
        if !part.sequences.isEmpty, part.tokenCount + sequence.tokens.count - 1 > tokenBudget {
            parts.append(part)
            part.sequences = []
        }
        part.sequences.append(sequence)
    }
    return part.sequences.isEmpty ? parts : parts + [part]
}
