import NeuralNetwork
package import Torch

/// The prompts of some groups in a cache, and their completions a token at a time.
struct CachedDecoding {
    let decoder: Decoder
    let cache: GroupCache
    private let prompts: [[Int]]

    /// Room for so many completions of each prompt, of at most `capacity` tokens.
    init(decoder: Decoder, prompts: [[Int]], rowCounts: [Int], capacity: Int) {
        self.decoder = decoder
        self.prompts = prompts
        cache = GroupCache(
            promptLengths: prompts.map(\.count), rowCounts: rowCounts, capacity: capacity,
            decoder: decoder)
    }

    /// The hidden state behind each prompt, `[N, E]`: one pass over the prompts, each once.
    func readPrompts() -> Tensor {
        let packed = PackedPrompts(prompts, device: decoder.device)
        let configuration = decoder.configuration
        let hidden = decoder.hiddenStates(
            tokens: packed.tokens, places: packed.places
        ) { layer, q, k, v in
            cache.appendPrompts(keys: k, values: v, places: packed.tokenPlaces)
            return packed.layout.attention(
                query: q, key: k, value: v, rule: configuration.attentionRule(layer: layer))
        }
        return hidden.selecting(packed.lastPlaces)
    }

    /// The hidden state behind one more token a row of the cache, `[R, E]`.
    func read(_ tokens: [Int]) -> Tensor {
        let positions = cache.promptLengthOfRow.map { $0 + cache.length }
        let hidden = decoder.hiddenStates(
            tokens: Tensor(tokens).to(device: decoder.device),
            places: TokenPlaces(next: positions, device: decoder.device)
        ) { layer, q, k, v in cache.attend(layer: layer, query: q, key: k, value: v) }
        cache.advance()
        return hidden
    }
}

extension Decoder {
    /// The logits that sampling sees before each token of some completions, for comparison with
    /// other programs.
    ///
    /// - Parameter groups: prompts with completions, each of at least one token.
    /// - Returns: completion after completion, `[tokens, V]`.
    package func decodedLogits(_ groups: [TokenGroup]) -> [Tensor] {
        let completions = groups.flatMap(\.completions)
        let longest = completions.map(\.count).max() ?? 0
        let decoding = CachedDecoding(
            decoder: self, prompts: groups.map(\.prompt),
            rowCounts: groups.map(\.completions.count),
            capacity: longest)
        let first = decoding.readPrompts().selecting(
            Tensor(decoding.cache.groupOfRow).to(device: device))
        var steps = [logits(of: first, weight: outputWeight)]
        for place in 0..<max(longest - 1, 0) {
            // A completion that has ended goes on with any token, and is cut off below.
            let tokens = completions.map { $0[min(place, $0.count - 1)] }
            steps.append(logits(of: decoding.read(tokens), weight: outputWeight))
        }
        return completions.enumerated().map { row, completion in
            .concatenate(
                steps.prefix(completion.count).map { $0.narrowed(0, from: row, count: 1) })
        }
    }
}
