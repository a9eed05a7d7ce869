import NeuralNetwork
import Torch

/// The completions of some requests, from the first pass over the prompts to the last token.
///
/// Continuous batching (Yu et al. 2022, "Orca", section 3.1): a row that ends leaves at once, and
/// requests that wait are let in where there is room.
struct CompletionSampler {
    private struct Row {
        let place: CompletionPlace
        var stream: RandomStream
        var completion = Completion(
            tokens: [], logProbabilities: [], policyLogProbabilities: [], finish: .length)
        var stops: StopStringScanner?
        var isFinished = false
    }

    private let model: LanguageModel
    private let output: OutputLayer
    private let requests: [GenerationRequest]
    private let settings: GenerationSettings
    private let decoding: CachedDecoding
    /// Request after request, from the first.
    private var rows: [Row] = []
    /// The first request that waits.
    private var nextRequest = 0
    /// The rows that the cache holds, by place in it.
    private var active: [Int] = []
    /// Those that have ended since the last were told of.
    private var ended: [Int] = []

    /// A sampler of at most `concurrentRows` rows at a time; `nil` for all.
    init(
        model: LanguageModel, output: OutputLayer, requests: [GenerationRequest],
        settings: GenerationSettings, concurrentRows: Int?
    ) {
        self.model = model
        self.output = output
        self.requests = requests
        self.settings = settings
        decoding = CachedDecoding(
            decoder: model.decoder,
            size: CacheSize(
                requests, concurrentRows: concurrentRows,
                capacity: settings.cacheCapacity ?? settings.maxNewTokens))
    }

    /// Samples to the end of all rows, or until `goesOn` says false of the tokens just chosen.
    mutating func run(
        _ goesOn: ([Int]) -> Bool, finished: (CompletionPlace, Completion) -> Void
    ) {
        repeat {
            var tokens: [Int] = []
            if !active.isEmpty {
                let hidden = Profile.span(.decoding, [.rows(active.count)]) {
                    decoding.read(active.map { rows[$0].completion.tokens.last ?? 0 })
                }
                tokens = chooseTokens(hidden, rows: active)
                dropFinishedRows()
            }
            if let (hidden, new) = letIn() {
                active += new
                tokens += chooseTokens(hidden, rows: new)
                dropFinishedRows()
            }
            // Where memory ran out there are no tokens, only stand-ins for them.
            guard !Library.hasGivenUp else { return }
            for row in ended { finished(rows[row].place, rows[row].completion) }
            ended = []
            guard goesOn(tokens) else { return }
        } while !active.isEmpty || nextRequest < requests.count
    }

    func completions() -> [[Completion]] {
        var results = requests.map { _ in [Completion]() }
        for row in rows { results[row.place.request].append(row.completion) }
        return results
    }

    /// Requests that wait go into the cache, as many as it has room for.
    ///
    /// - Returns: the hidden states behind their prompts `[rows, E]` and the new rows; `nil` if none.
    private mutating func letIn() -> (hidden: Tensor, rows: [Int])? {
        let first = nextRequest
        var room = decoding.cache.freeRows
        while nextRequest < requests.count, requests[nextRequest].streams.count <= room {
            room -= requests[nextRequest].streams.count
            nextRequest += 1
        }
        guard nextRequest > first else { return nil }
        let new = requests[first..<nextRequest]
        let firstRow = rows.count
        for (index, request) in zip(first..., new) {
            for (sample, stream) in request.streams.enumerated() {
                let place = CompletionPlace(request: index, sample: sample)
                rows.append(Row(place: place, stream: stream, stops: makeScanner()))
            }
        }
        let hidden = Profile.span(.promptPass, [.rows(rows.count - firstRow)]) {
            decoding.add(new.map(\.prompt), rowCounts: new.map(\.streams.count))
        }
        return (hidden, Array(firstRow..<rows.count))
    }

    private func makeScanner() -> StopStringScanner? {
        settings.stopStrings.isEmpty
            ? nil : StopStringScanner(settings.stopStrings, tokenizer: model.tokenizer)
    }

    /// The next token of each row, from the hidden states `[R, E]` of the tokens before.
    private mutating func chooseTokens(_ hidden: Tensor, rows chosen: [Int]) -> [Int] {
        let sampled = Profile.span(.choosingTokens) {
            settings.sampling.sample(
                model.decoder.logits(of: hidden, by: output),
                uniforms: chosen.map { rows[$0].stream.uniform() })
        }
        guard !Library.hasGivenUp else { return [] }
        for (place, index) in chosen.enumerated() where !rows[index].isFinished {
            rows[index].completion.append(sampled, at: place)
            let token = sampled.tokens[place]
            if !settings.ignoresStopTokens, model.stopTokens.contains(token) {
                rows[index].completion.finish = .stopToken
            } else if rows[index].stops?.append(token) == true {
                rows[index].completion.finish = .stopString
            }
            rows[index].isFinished =
                rows[index].completion.finish != .length
                || rows[index].completion.tokens.count == settings.maxNewTokens
            if rows[index].isFinished { ended.append(index) }
        }
        return sampled.tokens
    }

    /// Takes finished rows out of the cache; where that moves memory, once a quarter of it or all
    /// is finished, so that the copying costs less than it saves.
    private mutating func dropFinishedRows() {
        let kept = active.indices.filter { !rows[active[$0]].isFinished }
        guard kept.count < active.count else { return }
        guard decoding.cache.keepIsFree || kept.count * 4 <= active.count * 3 else { return }
        Profile.span(.droppingRows) { decoding.cache.keep(kept) }
        active = kept.map { active[$0] }
    }
}

extension Completion {
    fileprivate mutating func append(_ sampled: SampledTokens, at place: Int) {
        tokens.append(sampled.tokens[place])
        logProbabilities.append(sampled.logProbabilities[place])
        policyLogProbabilities.append(sampled.policyLogProbabilities[place])
    }
}

extension CacheSize {
    /// Room for requests, all at once or so many rows at a time.
    fileprivate init(_ requests: [GenerationRequest], concurrentRows: Int?, capacity: Int) {
        let counts = requests.map(\.streams.count)
        let all = counts.reduce(0, +)
        let rows = min(all, max(concurrentRows ?? all, counts.max() ?? 0))
        // Groups of which few rows are left hold their prompts; about half of those that are there.
        let least = max(counts.min() ?? 1, 1)
        self.init(
            prompts: rows == all ? requests.count : min(requests.count, 2 * (rows / least) + 1),
            promptCapacity: requests.map(\.prompt.count).max() ?? 0, rows: rows,
            capacity: capacity)
    }
}
