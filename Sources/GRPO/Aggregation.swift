/// How the losses of single tokens become the loss of one optimizer step.
///
/// Every denominator but one is of the optimizer step and known before its first backward pass, so
/// the step does not depend on how it is divided into micro-batches. N is the number of completions
/// of the step.
public enum Aggregation: Sendable, Equatable {
    /// The mean over all tokens (DAPO, Yu et al. 2025, equation 8).
    case tokenMean
    /// The mean over completions of each one's token mean (DeepSeekMath, Shao et al. 2024,
    /// equation 3).
    case sequenceMean
    /// The mean over prompts of the token mean of each one's completions (ScaleRL, Khatri et al.
    /// 2025, arXiv 2510.13786).
    case promptMean
    /// The sum over all tokens over N · `length`, so that a long completion does not weigh a token
    /// less (Dr. GRPO, Liu et al. 2025, arXiv 2503.20783; TRL's length is the longest that is sampled).
    case constantLength(Int)
    /// The mean over completions of each one's sum: with `Ratio.sequence`, GSPO weighted by length
    /// (LUSPO, arXiv 2602.05261).
    case sequenceSum
    /// The mean over micro-batches of each one's token mean (BNPO, as in TRL).
    ///
    /// This one depends on the micro-batches by definition: tokens count more in a micro-batch of
    /// few. It is here to compare with; `tokenMean` is what it estimates.
    case microBatchTokenMean
}

extension Aggregation {
    /// Gives each completion the weight of its tokens.
    ///
    /// - Parameters:
    ///   - groups: all that belong to the optimizer step, also those that will not be computed.
    ///   - countsEmpty: whether a completion without a trained token counts in N.
    /// - Returns: the groups with their weights.
    func weigh(_ groups: [TrainingGroup], countsEmpty: Bool) -> [TrainingGroup] {
        let lengths = groups.map { $0.sequences.map(\.trainedCount) }
        let tokens = Double(lengths.joined().reduce(0, +))
        let completions = Double(lengths.joined().count { countsEmpty || $0 > 0 })
        let prompts = Double(
            lengths.count { !$0.isEmpty && (countsEmpty || $0.contains { $0 > 0 }) })
        var groups = groups
        for group in groups.indices {
            let groupTokens = Double(lengths[group].reduce(0, +))
            for place in groups[group].sequences.indices {
                let denominator: Double =
                    switch self {
                    case .tokenMean: tokens
                    case .sequenceMean: completions * Double(lengths[group][place])
                    case .promptMean: prompts * groupTokens
                    case .constantLength(let length): completions * Double(length)
                    case .sequenceSum: completions
                    case .microBatchTokenMean: 0  // Known only once there are micro-batches.
                    }
                groups[group].sequences[place].weight = denominator > 0 ? 1 / denominator : 0
            }
        }
        return groups
    }

    /// Gives the weights that depend on the micro-batches; leaves all others as they are.
    func weigh(microBatches: [[TrainingGroup]]) -> [[TrainingGroup]] {
        guard self == .microBatchTokenMean else { return microBatches }
        return microBatches.map { groups in
            let tokens = groups.reduce(0) { $0 + $1.sequences.reduce(0) { $0 + $1.trainedCount } }
            var groups = groups
            for group in groups.indices {
                for place in groups[group].sequences.indices {
                    groups[group].sequences[place].weight =
                        1 / (Double(tokens) * Double(microBatches.count))
                }
            }
            return groups
        }
    }
}
