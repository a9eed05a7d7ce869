import NeuralNetwork
package import Torch

/// The prompts of some groups in a cache, and their completions a token at a time.
struct CachedDecoding {
    let decoder: Decoder
    let cache: any CompletionCache

    /// Room for prompts and completions; fused where the processor can, unless told otherwise.
    init(decoder: Decoder, size: CacheSize, isFused: Bool = true) {
        self.decoder = decoder
        let fused = isFused ? SlotCache(decoder: decoder, size: size) : nil
        cache = fused ?? GroupCache(decoder: decoder, size: size)
    }

    /// Adds prompts, each read once in one pass, and their rows: the hidden state behind the prompt
    /// of each new row, `[rows, E]`.
    func add(_ prompts: [[Int]], rowCounts: [Int]) -> Tensor {
        let packed = PackedPrompts(prompts, device: decoder.device)
        let configuration = decoder.configuration
        cache.add(packed, rowCounts: rowCounts)
        let hidden = decoder.hiddenStates(
            tokens: packed.tokens, places: packed.places
        ) { layer, q, k, v in
            cache.write(packed, layer: layer, keys: k, values: v)
            return packed.layout.attention(
                query: q, key: k, value: v, rule: configuration.attentionRule(layer: layer))
        }
        let promptOfRow = rowCounts.indices.flatMap { repeatElement($0, count: rowCounts[$0]) }
        return hidden.selecting(packed.lastPlaces)
            .selecting(Tensor(promptOfRow).to(device: decoder.device))
    }

    /// The hidden state behind one more token a row of the cache, `[R, E]`.
    func read(_ tokens: [Int]) -> Tensor {
        let hidden = decoder.hiddenStates(
            tokens: Tensor(tokens).to(device: decoder.device),
            places: TokenPlaces(next: cache.positions, device: decoder.device)
        ) { layer, q, k, v in cache.attend(layer: layer, query: q, key: k, value: v) }
        cache.advance()
        return hidden
    }
}

extension Decoder {
    /// The logits that sampling sees before each token of some completions, for comparison with
    /// other programs.
    ///
    /// - Parameters:
    ///   - groups: prompts with completions, each of at least one token.
    ///   - isFused: whether the kernels for sampling are used where the processor has them.
    /// - Returns: completion after completion, `[tokens, V]`.
    package func decodedLogits(_ groups: [TokenGroup], isFused: Bool = true) -> [Tensor] {
        guard isFused else {
            return decodedLogits(groups, by: OutputLayer(outputWeight), isFused: false)
        }
        return withPackedWeights(outputWeight: outputWeight) {
            decodedLogits(groups, by: $0, isFused: true)
        }
    }

    private func decodedLogits(
        _ groups: [TokenGroup], by output: OutputLayer, isFused: Bool
    ) -> [Tensor] {
        let completions = groups.flatMap(\.completions)
        let longest = completions.map(\.count).max() ?? 0
        let decoding = CachedDecoding(
            decoder: self,
            size: CacheSize(
                prompts: groups.count, promptCapacity: groups.map(\.prompt.count).max() ?? 0,
                rows: completions.count, capacity: longest),
            isFused: isFused)
        let first = decoding.add(
            groups.map(\.prompt), rowCounts: groups.map(\.completions.count))
        var steps = [logits(of: first, by: output)]
        for place in 0..<max(longest - 1, 0) {
            // A completion that has ended goes on with any token, and is cut off below.
            let tokens = completions.map { $0[min(place, $0.count - 1)] }
            steps.append(logits(of: decoding.read(tokens), by: output))
        }
        return completions.enumerated().map { row, completion in
            .concatenate(
                steps.prefix(completion.count).map { $0.narrowed(0, from: row, count: 1) })
        }
    }
}
