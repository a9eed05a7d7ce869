public import Torch

// A pass in two halves, so that what else is computed from the hidden states shares them.

extension Decoder {
    /// The hidden state that each completion token of a pass is predicted from, `[C, E]`.
    public func predictorStates(_ packed: PackedSequences) -> Tensor {
        hiddenStates(tokens: packed.tokens, places: packed.places, layout: packed.layout)
            .selecting(packed.predictors)
    }
}

extension LanguageModel {
    /// The log-probability and entropy of every completion token, from the states that predict them.
    ///
    /// - Parameters:
    ///   - states: `decoder.predictorStates(packed)`, `[C, E]`
    ///   - packed: the tokens.
    ///   - temperature: that of sampling, so that this is the policy that sampled.
    /// - Returns: one of each for every completion token, in the order of the pass.
    public func tokenStatistics(
        from states: Tensor, of packed: PackedSequences, temperature: Double
    ) -> TokenStatistics {
        decoder.tokenStatistics(
            from: states, of: packed, weight: outputWeight, temperature: temperature)
    }
}

extension Decoder {
    /// The log-probability and entropy of every completion token of a pass, over the whole
    /// vocabulary.
    package func tokenStatistics(
        _ packed: PackedSequences, temperature: Double
    ) -> TokenStatistics {
        tokenStatistics(
            from: predictorStates(packed), of: packed, weight: outputWeight,
            temperature: temperature)
    }

    fileprivate func tokenStatistics(
        from states: Tensor, of packed: PackedSequences, weight: Tensor, temperature: Double
    ) -> TokenStatistics {
        // A chunk's logits take at most 64 MiB.
        let chunkRows = max(1, (16 << 20) / weight.shape[0])
        let result = states.tokenLogProbabilities(
            weight: weight, targets: packed.targets, temperature: temperature,
            cap: configuration.logitCap, chunkRows: chunkRows)
        return TokenStatistics(logProbabilities: result[0], entropies: result[1])
    }
}
