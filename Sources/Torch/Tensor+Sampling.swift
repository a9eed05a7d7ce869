import CTorch

extension Tensor {
    /// A token for each row of these logits `[R, V]`, float32 on the CPU.
    ///
    /// - Parameters:
    ///   - temperature: the logits are divided by it; above 0.
    ///   - uniforms: a number in [0, 1) a row: the token at which the cumulative probability passes
    ///     it is chosen.
    /// - Returns: the tokens, and their log-probabilities at the temperature, in nats.
    package func sampledTokens(
        temperature: Double, uniforms: [Double]
    ) -> (tokens: [Int], logProbabilities: [Float]) {
        let count = shape[0]
        require(uniforms.count == count, "sampledTokens: expected \(count) numbers")
        var tokens = [Int64](repeating: 0, count: count)
        var logProbabilities = [Float](repeating: 0, count: count)
        guard count > 0 else { return ([], []) }
        check(
            withHandle { logits in
                tokens.withUnsafeMutableBufferPointer { tokens in
                    logProbabilities.withUnsafeMutableBufferPointer { logProbabilities in
                        uniforms.withUnsafeBufferPointer { uniforms in
                            guard let tokens = tokens.baseAddress, let from = uniforms.baseAddress,
                                let values = logProbabilities.baseAddress
                            else { return CT_OK }
                            return ct_sample(logits, temperature, from, tokens, values)
                        }
                    }
                }
            }, "sampledTokens")
        return (tokens.map(Int.init), logProbabilities)
    }
}
