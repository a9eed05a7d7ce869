import LanguageModels
import Torch

/// The completions of a step that have a reward, and what PPO needs to know of their tokens.
///
/// Arrays are completion after completion, in the order of the groups; inner ones have one number a
/// token. A completion without a reward has no advantage and no return, so it is left out.
struct Experience: Sendable, Codable {
    /// The prompts with their completions.
    private(set) var groups: [TrainingGroup]
    /// One a completion.
    let rewards: [Double]
    /// V_old of the state before each token.
    var values: [[Double]] = []
    /// log π_ref of each token, in nats; `nil` without a reference.
    var references: [[Double]]?
    /// Advantages and returns of each token.
    private(set) var estimates: [TokenAdvantages] = []

    init(_ scored: [ScoredGroup]) {
        groups =
            scored.map { scored in
                TrainingGroup(scored, advantages: scored.scores.map { _ in 0 })
            }.numbered
        for group in groups.indices {
            groups[group].sequences.removeAll {
                scored[group].scores[$0.place.sample].total == nil
            }
        }
        groups.removeAll { $0.sequences.isEmpty }
        rewards = scored.flatMap { $0.scores.compactMap(\.total) }
    }

    var sequences: [TrainingSequence] { groups.flatMap(\.sequences) }
    var tokenCount: Int { sequences.reduce(0) { $0 + $1.tokens.count } }

    /// The reward of each token: that of the completion on its last, less the penalty on each for
    /// its distance to the reference.
    func tokenRewards(_ penalty: DivergencePenalty?) -> [[Double]] {
        sequences.enumerated().map { place, sequence in
            var rewards = [Double](repeating: 0, count: sequence.tokens.count)
            if let penalty, let reference = references?[place] {
                rewards = zip(sequence.oldLogProbabilities, reference).map {
                    -penalty.coefficient
                        * penalty.estimator.divergence(policy: $0, reference: $1)
                }
            }
            rewards[rewards.count - 1] += self.rewards[place]
            return rewards
        }
    }

    /// k1, the mean of log π_old − log π_ref over all tokens; `nil` without a reference.
    var meanDivergence: Double? {
        references.map { references in
            let olds = sequences.flatMap(\.oldLogProbabilities)
            return Distribution(zip(olds, references.joined()).map { $0 - $1 }).mean
        }
    }

    /// Takes the advantages and returns over.
    mutating func set(_ estimates: [TokenAdvantages]) {
        self.estimates = estimates
        var place = 0
        for group in groups.indices {
            for sequence in groups[group].sequences.indices {
                groups[group].sequences[sequence].advantages = estimates[place].advantages
                place += 1
            }
        }
    }

    /// The mean advantage of each completion's tokens, 0 where it has no reward, in the shape of
    /// `scored`.
    func advantages(of scored: [ScoredGroup]) -> [[Double]] {
        var known = sequences.map { Distribution($0.advantages).mean }[...]
        return scored.map { $0.scores.map { $0.total == nil ? 0 : known.removeFirst() } }
    }
}

extension Experience {
    /// A number for every completion token, from passes that record no gradient.
    func tokenNumbers(
        budget: Int, device: Device, _ compute: (PackedSequences) -> Tensor
    ) -> [[Double]] {
        groups.tokenNumbers(budget: budget, device: device, compute)
    }
}

extension ScoredGroup {
    /// Whether a completion had another reward than another.
    var rewardsDiffer: Bool { scores.compactMap(\.total).differ }
}
