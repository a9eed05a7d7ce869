import NeuralNetwork
import Tokenizers
public import Torch

/// Why a completion ended.
public enum FinishReason: String, Sendable, Codable {
    /// A stop token, which is the completion's last.
    case stopToken = "stop_token"
    /// A stop string, with whose last character the completion ends.
    case stopString = "stop_string"
    /// The limit on new tokens.
    case length
}

/// A sampled continuation of a prompt, as tokens: nothing is decoded and encoded again.
public struct Completion: Sendable, Equatable {
    /// The token ids, with the stop token where one ended it.
    public var tokens: [Int]
    /// The log-probability of each token under the distribution that it was sampled from, in nats.
    public var logProbabilities: [Float]
    /// The same under the policy at the sampling temperature without top-k, top-p and min-p, which
    /// is what training computes: the π_old of the ratio.
    public var policyLogProbabilities: [Float]
    /// Why it ended.
    public var finish: FinishReason
}

/// A prompt and the random streams of the completions that are asked for.
public struct GenerationRequest: Sendable {
    /// The prompt's token ids, at least one.
    public var prompt: [Int]
    /// One stream for each completion.
    public var streams: [RandomStream]

    /// A request for as many completions as there are streams.
    public init(prompt: [Int], streams: [RandomStream]) {
        self.prompt = prompt
        self.streams = streams
    }
}

/// What ends a completion, and how its tokens are chosen.
public struct GenerationSettings: Sendable, Equatable {
    /// The most tokens of a completion.
    public var maxNewTokens: Int
    /// How tokens are chosen.
    public var sampling: SamplingSettings
    /// Texts that end a completion.
    public var stopStrings: [String]
    /// The tokens that the cache has room for; `nil` for `maxNewTokens`. More of them show what a
    /// longer generation allocates.
    package var cacheCapacity: Int?

    /// Settings; the model's own stop tokens always end a completion.
    public init(
        maxNewTokens: Int, sampling: SamplingSettings = SamplingSettings(),
        stopStrings: [String] = []
    ) {
        self.maxNewTokens = maxNewTokens
        self.sampling = sampling
        self.stopStrings = stopStrings
    }
}

extension LanguageModel {
    /// Samples completions of each prompt; the prompt is computed once for its group.
    ///
    /// - Parameters:
    ///   - requests: prompts, each with a stream a completion.
    ///   - settings: what ends a completion, and how tokens are chosen.
    ///   - goesOn: told of the tokens that were just chosen; sampling ends where it says false.
    /// - Returns: the completions of each request, in its order.
    public func generate(
        _ requests: [GenerationRequest], settings: GenerationSettings,
        goesOn: ([Int]) -> Bool = { _ in true }
    ) -> [[Completion]] {
        guard !requests.isEmpty, settings.maxNewTokens > 0 else {
            return requests.map { _ in [] }
        }
        return withoutGradients {
            let parts = requests.divided(
                into: min(decoder.passesSideBySide, requests.count), weight: \.streams.count)
            return Library.sideBySide(parts.count) { part in
                var generation = Generation(
                    model: self, requests: parts[part], settings: settings)
                generation.run(goesOn)
                return generation.completions()
            }.flatMap(\.self)
        }
    }
}

/// The rows that are being sampled, from the first pass over the prompts to the last token.
private struct Generation {
    private struct Row {
        let request: Int
        var stream: RandomStream
        var completion = Completion(
            tokens: [], logProbabilities: [], policyLogProbabilities: [], finish: .length)
        var stops: StopStringScanner?
        var isFinished = false
    }

    private let model: LanguageModel
    private let requests: [GenerationRequest]
    private let settings: GenerationSettings
    private let decoding: CachedDecoding
    private var rows: [Row]
    /// The rows that the cache still holds, by place in it.
    private var active: [Int]

    init(model: LanguageModel, requests: [GenerationRequest], settings: GenerationSettings) {
        self.model = model
        self.requests = requests
        self.settings = settings
        decoding = CachedDecoding(
            decoder: model.decoder, prompts: requests.map(\.prompt),
            rowCounts: requests.map(\.streams.count),
            capacity: settings.cacheCapacity ?? settings.maxNewTokens)
        rows = requests.enumerated().flatMap { index, request in
            request.streams.map { stream in
                Row(
                    request: index, stream: stream,
                    stops: settings.stopStrings.isEmpty
                        ? nil
                        : StopStringScanner(settings.stopStrings, tokenizer: model.tokenizer))
            }
        }
        active = Array(rows.indices)
    }

    mutating func run(_ goesOn: ([Int]) -> Bool) {
        var logits = promptLogits()
        for length in 1...settings.maxNewTokens {
            let tokens = chooseTokens(logits)
            guard goesOn(tokens), length < settings.maxNewTokens, dropFinishedRows() else {
                return
            }
            logits = decode(active.map { rows[$0].completion.tokens.last ?? tokens[0] })
        }
    }

    func completions() -> [[Completion]] {
        var results = requests.map { _ in [Completion]() }
        for row in rows { results[row.request].append(row.completion) }
        return results
    }

    /// The logits of every row's first token, `[R, V]`.
    private func promptLogits() -> Tensor {
        let last = decoding.readPrompts()
        let group = Tensor(decoding.cache.groupOfRow).to(device: last.device)
        return model.decoder.logits(of: last, weight: model.outputWeight).selecting(group)
    }

    /// The logits after one more token a row, `[R, V]`.
    private func decode(_ tokens: [Int]) -> Tensor {
        model.decoder.logits(of: decoding.read(tokens), weight: model.outputWeight)
    }

    private mutating func chooseTokens(_ logits: Tensor) -> [Int] {
        let uniforms = active.map { rows[$0].stream.uniform() }
        let sampled = settings.sampling.sample(logits, uniforms: uniforms)
        for (place, index) in active.enumerated() where !rows[index].isFinished {
            let token = sampled.tokens[place]
            rows[index].completion.tokens.append(token)
            rows[index].completion.logProbabilities.append(sampled.logProbabilities[place])
            rows[index].completion.policyLogProbabilities.append(
                sampled.policyLogProbabilities[place])
            if model.stopTokens.contains(token) {
                rows[index].completion.finish = .stopToken
                rows[index].isFinished = true
            } else if rows[index].stops?.append(token) == true {
                rows[index].completion.finish = .stopString
                rows[index].isFinished = true
            }
        }
        return sampled.tokens
    }

    /// Takes finished rows out of the cache once a quarter of it is finished, so that what the
    /// copying costs stays below what it saves.
    ///
    /// - Returns: whether any row goes on.
    private mutating func dropFinishedRows() -> Bool {
        let kept = active.indices.filter { !rows[active[$0]].isFinished }
        guard !kept.isEmpty else { return false }
        if kept.count * 4 <= active.count * 3 {
            decoding.cache.keep(kept)
            active = kept.map { active[$0] }
        }
        return true
    }
}

/// Finds stop strings in the text that tokens add up to.
private struct StopStringScanner {
    private let stops: [[UInt8]]
    private var decoder: StreamingDecoder
    private var tail: [UInt8] = []

    init(_ stops: [String], tokenizer: Tokenizer) {
        self.stops = stops.map { Array($0.utf8) }
        decoder = StreamingDecoder(tokenizer)
    }

    /// Whether the text now holds a stop string.
    mutating func append(_ token: Int) -> Bool {
        let added = Array(decoder.append(token).utf8)
        let longest = stops.map(\.count).max() ?? 0
        tail = tail.suffix(max(longest - 1, 0)) + added
        return stops.contains { tail.contains(subsequence: $0) }
    }
}

extension Array where Element == UInt8 {
    fileprivate func contains(subsequence: [UInt8]) -> Bool {
        guard !subsequence.isEmpty, count >= subsequence.count else { return false }
        return (0...(count - subsequence.count)).contains {
            self[$0..<$0 + subsequence.count].elementsEqual(subsequence)
        }
    }
}
