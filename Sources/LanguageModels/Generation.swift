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
public struct Completion: Sendable, Equatable, Codable {
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

/// Which completion of some requests.
public struct CompletionPlace: Sendable, Hashable, Codable {
    /// The request's place.
    public var request: Int
    /// The stream's place in the request.
    public var sample: Int

    /// A completion's place.
    public init(request: Int, sample: Int) {
        self.request = request
        self.sample = sample
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
    /// The most completions that are sampled at the same time, rounded up to a whole group; `nil`
    /// for all. What is freed by those that end is taken by groups that wait.
    public var concurrentCompletions: Int?
    /// Whether the model's stop tokens are sampled on past, so that every completion without a stop
    /// string is `maxNewTokens` long: for benchmarks.
    public var ignoresStopTokens = false
    /// The tokens that the cache has room for; `nil` for `maxNewTokens`. More of them show what a
    /// longer generation allocates.
    package var cacheCapacity: Int?

    /// Settings; the model's own stop tokens end a completion unless `ignoresStopTokens` is set.
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
    ///   - finished: told of each completion that has ended, on the thread that samples it, of which
    ///     there may be several; not of those that `goesOn` ends.
    /// - Returns: the completions of each request, in its order.
    public func generate(
        _ requests: [GenerationRequest], settings: GenerationSettings,
        goesOn: ([Int]) -> Bool = { _ in true },
        finished: @Sendable (CompletionPlace, Completion) -> Void = { _, _ in }
    ) -> [[Completion]] {
        guard !requests.isEmpty, settings.maxNewTokens > 0 else {
            return requests.map { _ in [] }
        }
        return withoutGradients {
            let parts = requests.divided(
                into: min(decoder.passesSideBySide, requests.count), weight: \.streams.count)
            return decoder.withPackedWeights(outputWeight: outputWeight) { output in
                Library.sideBySide(parts.count) { part in
                    let before = parts[..<part].reduce(0) { $0 + $1.count }
                    var sampler = CompletionSampler(
                        model: self, output: output, requests: parts[part], settings: settings,
                        concurrentRows: settings.concurrentCompletions.map {
                            max($0 / parts.count, 1)
                        })
                    sampler.run(goesOn) { place, completion in
                        finished(
                            CompletionPlace(request: before + place.request, sample: place.sample),
                            completion)
                    }
                    return sampler.completions()
                }
            }.flatMap(\.self)
        }
    }
}

/// Finds stop strings in the text that tokens add up to.
struct StopStringScanner {
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
