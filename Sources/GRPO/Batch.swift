import LanguageModels
import Torch

/// A completion as the loss needs it.
public struct TrainingSequence: Sendable, Codable {
    /// The completion's token ids.
    public var tokens: [Int]
    /// log π_old of each token, in nats.
    public var oldLogProbabilities: [Double]
    /// How much better each token was than expected; where only the completion is scored, all have
    /// its advantage.
    public var advantages: [Double]
    /// True for the tokens that the loss is of; the others are only read. `nil` for all.
    public var trainedTokens: [Bool]?
    /// The weight of each trained token in the loss of its optimizer step.
    var weight = 0.0
    /// Where the completion stands in its step, for messages.
    var place = CompletionPlace(request: 0, sample: 0)

    /// A completion whose tokens have advantages of their own.
    public init(
        tokens: [Int], oldLogProbabilities: [Double], advantages: [Double],
        trainedTokens: [Bool]? = nil
    ) {
        self.tokens = tokens
        self.oldLogProbabilities = oldLogProbabilities
        self.advantages = advantages
        self.trainedTokens = trainedTokens
    }

    /// A completion whose tokens all have its advantage.
    public init(
        tokens: [Int], oldLogProbabilities: [Double], advantage: Double,
        trainedTokens: [Bool]? = nil
    ) {
        self.init(
            tokens: tokens, oldLogProbabilities: oldLogProbabilities,
            advantages: [Double](repeating: advantage, count: tokens.count),
            trainedTokens: trainedTokens)
    }

    /// The tokens that the loss is of.
    var trainedCount: Int { trainedTokens?.count { $0 } ?? tokens.count }

    /// The values of the tokens that the loss is of.
    func trained(_ values: [Double]) -> [Double] {
        guard let trainedTokens else { return values }
        return zip(values, trainedTokens).compactMap { $1 ? $0 : nil }
    }
}

/// A prompt with completions that are trained on together.
public struct TrainingGroup: Sendable, Codable {
    /// The prompt's token ids.
    public var prompt: [Int]
    /// Its completions.
    public var sequences: [TrainingSequence]

    /// A group.
    public init(prompt: [Int], sequences: [TrainingSequence]) {
        self.prompt = prompt
        self.sequences = sequences
    }

    /// The tokens that a pass computes.
    var tokenCount: Int {
        prompt.count + sequences.reduce(0) { $0 + $1.tokens.count - 1 }
    }

    /// Whether the advantages move anything.
    var isInformative: Bool {
        sequences.contains { $0.trained($0.advantages).contains { $0 != 0 } }
    }
}

/// The tokens of one forward and backward pass: each prompt once, then its completions.
///
/// C trained completion tokens, completion after completion.
public struct Batch {
    /// The packed tokens.
    let packed: PackedSequences
    /// Where the trained tokens stand among the completion tokens, `[C]`; `nil` if all are.
    private let trainedPlaces: Tensor?
    /// Where each completion's trained tokens stand.
    let rows: CompletionRows
    /// Where each completion stands in its step.
    let places: [CompletionPlace]
    /// log π_old, `[C]`
    let oldLogProbabilities: Tensor
    /// Each token's advantage, `[C]`
    let advantages: Tensor
    /// Each token's weight in the loss of the optimizer step, `[C]`
    let weights: Tensor

    /// Packs groups, of which every completion has a trained token.
    init(_ groups: [TrainingGroup], device: Device, dtype: DType) {
        packed = PackedSequences(
            groups.map { TokenGroup(prompt: $0.prompt, completions: $0.sequences.map(\.tokens)) },
            device: device)
        let sequences = groups.flatMap(\.sequences)
        places = sequences.map(\.place)
        let perToken = { (value: (TrainingSequence) -> [Double]) in
            Tensor(sequences.flatMap(value)).to(dtype, device: device)
        }
        rows = CompletionRows(
            lengths: sequences.map(\.trainedCount), device: device, dtype: dtype)
        oldLogProbabilities = perToken { $0.trained($0.oldLogProbabilities) }
        advantages = perToken { $0.trained($0.advantages) }
        weights = perToken { [Double](repeating: $0.weight, count: $0.trainedCount) }
        let isTrained = sequences.flatMap {
            $0.trainedTokens ?? [Bool](repeating: true, count: $0.tokens.count)
        }
        trainedPlaces =
            isTrained.allSatisfy { $0 }
            ? nil : Tensor(isTrained.indices.filter { isTrained[$0] }).to(device: device)
    }

    /// What `model` says of the trained tokens, `[C]`.
    func statistics(of model: LanguageModel, temperature: Double) -> TokenStatistics {
        let all = model.tokenStatistics(packed, temperature: temperature)
        guard let trainedPlaces else { return all }
        return TokenStatistics(
            logProbabilities: all.logProbabilities.selecting(trainedPlaces),
            entropies: all.entropies.selecting(trainedPlaces))
    }
}
