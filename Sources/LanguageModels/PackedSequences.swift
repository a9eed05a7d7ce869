import NeuralNetwork
public import Torch

/// A prompt and its completions as token ids.
public struct TokenGroup: Sendable {
    /// At least one token.
    public var prompt: [Int]
    /// Each at least one token.
    public var completions: [[Int]]

    /// A group of completions of one prompt.
    public init(prompt: [Int], completions: [[Int]]) {
        self.prompt = prompt
        self.completions = completions
    }

    /// The tokens that a training pass computes: the prompt once, and of each completion all but
    /// the last, which is only a target.
    public var tokenCount: Int { prompt.count + completions.reduce(0) { $0 + $1.count - 1 } }
}

/// The tokens of one training pass: each prompt once, then its completions; no padding.
///
/// T tokens in the packing, C completion tokens. The hidden state of a completion's first token
/// comes from the prompt's last token, which all completions of the group share.
public struct PackedSequences {
    /// `[T]`
    let tokens: Tensor
    /// Where each token stands in its own sequence.
    let places: TokenPlaces
    /// Which tokens look at which.
    let layout: AttentionLayout
    /// The place of the token that predicts each completion token, `[C]`
    let predictors: Tensor
    /// The completion tokens, completion after completion, `[C]`
    let targets: Tensor

    /// Packs groups in order.
    public init(_ groups: [TokenGroup], device: Device) {
        var tokens: [Int] = []
        var positions: [Int] = []
        var lengths: [Int] = []
        var segments: [Segment] = []
        var predictors: [Int] = []
        var targets: [Int] = []
        for group in groups {
            let prompt = segments.count
            segments.append(Segment(length: group.prompt.count))
            tokens += group.prompt
            positions += group.prompt.indices
            lengths += group.prompt.map { _ in group.prompt.count }
            let lastPromptPlace = tokens.count - 1
            for completion in group.completions {
                let (start, inputs) = (tokens.count, completion.count - 1)
                segments.append(Segment(length: inputs, continuing: prompt))
                tokens += completion.dropLast()
                positions += group.prompt.count..<group.prompt.count + inputs
                lengths += (group.prompt.count..<group.prompt.count + inputs).map { $0 + 1 }
                predictors.append(lastPromptPlace)
                predictors += start..<start + inputs
                targets += completion
            }
        }
        self.tokens = Tensor(tokens).to(device: device)
        places = TokenPlaces(positions: positions, lengths: lengths, device: device)
        layout = AttentionLayout(segments, device: device)
        self.predictors = Tensor(predictors).to(device: device)
        self.targets = Tensor(targets).to(device: device)
    }
}

/// The prompts of one generation, packed for the pass that fills the cache.
struct PackedPrompts {
    /// Tokens of each prompt.
    let lengths: [Int]
    /// `[T]`
    let tokens: Tensor
    let places: TokenPlaces
    let layout: AttentionLayout
    /// Where each prompt's tokens stand in the packing, padded with its last, `[N · P]`
    let tokenPlaces: Tensor
    /// Where each prompt's last token stands, `[N]`
    let lastPlaces: Tensor

    init(_ prompts: [[Int]], device: Device) {
        lengths = prompts.map(\.count)
        let width = lengths.max() ?? 0
        var places: [Int] = []
        var lastPlaces: [Int] = []
        var start = 0
        for prompt in prompts {
            places += (0..<width).map { start + min($0, prompt.count - 1) }
            start += prompt.count
            lastPlaces.append(start - 1)
        }
        tokens = Tensor(prompts.flatMap { $0 }).to(device: device)
        self.places = TokenPlaces(
            positions: prompts.flatMap { Array($0.indices) },
            lengths: prompts.flatMap { prompt in prompt.map { _ in prompt.count } },
            device: device)
        layout = AttentionLayout(prompts.map { Segment(length: $0.count) }, device: device)
        tokenPlaces = Tensor(places).to(device: device)
        self.lastPlaces = Tensor(lastPlaces).to(device: device)
    }
}

/// What the policy says of each completion token of a pass.
public struct TokenStatistics {
    /// log π(token) at the temperature, in nats, `[C]`
    public let logProbabilities: Tensor
    /// The entropy of the distribution that the token was chosen from, in nats, `[C]`
    public let entropies: Tensor

    /// Statistics that were computed elsewhere.
    public init(logProbabilities: Tensor, entropies: Tensor) {
        self.logProbabilities = logProbabilities
        self.entropies = entropies
    }
}

extension LanguageModel {
    /// The log-probability and entropy of every completion token of a packed pass.
    ///
    /// - Parameters:
    ///   - packed: the tokens.
    ///   - temperature: that of sampling, so that this is the policy that sampled.
    /// - Returns: one of each for every completion token, in the order of the pass.
    public func tokenStatistics(
        _ packed: PackedSequences, temperature: Double
    ) -> TokenStatistics {
        tokenStatistics(
            from: decoder.predictorStates(packed), of: packed, temperature: temperature)
    }
}

extension Decoder {
    /// The logits after every token of one sequence, `[T, V]`.
    public func logits(_ tokens: [Int]) -> Tensor {
        let packed = PackedPrompts([tokens], device: device)
        let hidden = hiddenStates(
            tokens: packed.tokens, places: packed.places, layout: packed.layout)
        return logits(of: hidden, by: OutputLayer(outputWeight))
    }
}
