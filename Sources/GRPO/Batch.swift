import LanguageModels
import Torch

/// A completion as the loss needs it.
public struct TrainingSequence: Sendable {
    /// The completion's token ids.
    public var tokens: [Int]
    /// log π_old of each token, in nats.
    public var oldLogProbabilities: [Float]
    /// How much better the completion was than the others of its group.
    public var advantage: Double
}

/// A prompt with completions that are trained on together.
public struct TrainingGroup: Sendable {
    /// The prompt's token ids.
    public var prompt: [Int]
    /// Its completions.
    public var sequences: [TrainingSequence]

    /// The tokens that a pass computes.
    var tokenCount: Int {
        prompt.count + sequences.reduce(0) { $0 + $1.tokens.count - 1 }
    }
}

/// The tokens of one forward and backward pass: each prompt once, then its completions.
///
/// C completion tokens, completion after completion.
public struct Batch {
    /// The packed tokens.
    let packed: PackedSequences
    /// log π_old, `[C]`
    let oldLogProbabilities: Tensor
    /// Each token's advantage, that of its completion, `[C]`
    let advantages: Tensor
    /// Each token's share in the mean of the step, `[C]`; over all batches of a step they add up
    /// to the share of the completions that are trained on.
    let weights: Tensor

    /// Packs groups; `weights` gives each completion token's share by the completion's length.
    init(_ groups: [TrainingGroup], device: Device, dtype: DType, weight: (Int) -> Double) {
        packed = PackedSequences(
            groups.map { TokenGroup(prompt: $0.prompt, completions: $0.sequences.map(\.tokens)) },
            device: device)
        let sequences = groups.flatMap(\.sequences)
        let perToken = { (value: (TrainingSequence) -> Double) in
            let values = sequences.flatMap {
                repeatElement(value($0), count: $0.tokens.count)
            }
            return Tensor(values).to(dtype, device: device)
        }
        oldLogProbabilities = Tensor(sequences.flatMap(\.oldLogProbabilities))
            .to(dtype, device: device)
        advantages = perToken(\.advantage)
        weights = perToken { weight($0.tokens.count) }
    }
}

/// Divides groups into micro-batches of at most `tokenBudget` tokens a pass.
///
/// Groups stay whole where they fit, so that their prompt is computed once; a larger one is divided
/// between completions. The micro-batches of a step add up to the step, whatever the budget.
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
