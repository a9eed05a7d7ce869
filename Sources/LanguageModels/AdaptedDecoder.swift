public import NeuralNetwork
public import Torch

// A decoder with an adapter is another decoder on the same weights. So there may be several, the
// policy, its reference and a value network, for the memory of one.

extension Decoder {
    /// A decoder on these very weights, which stay as they are, with another adapter or none.
    ///
    /// - Parameter adapter: new, or of a file; one adapter belongs to one decoder.
    /// - Returns: the new decoder; this one stays as it is.
    /// - Throws: `LowRankAdapterError` where its targets do not fit this network.
    public func adapted(by adapter: LowRankAdapter?) throws -> Decoder {
        let weights = Dictionary(
            parameters.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
        let source = ParameterSource { name, _, _ in try Self.weight(name, of: weights) }
        let decoder = try Decoder(configuration, from: source.adapted(by: adapter))
        decoder.recomputesBlocks = recomputesBlocks
        return decoder
    }

    /// A decoder on these weights with a copy of the adapter, which learns apart from it.
    public func copyingAdapter() throws -> Decoder {
        guard let adapter else { return try adapted(by: nil) }
        let old = Dictionary(
            adapter.parameters.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
        let source = ParameterSource { name, shape, _ in
            let copy = Tensor.zeros(shape, dtype: old[name]?.dtype ?? .float32, device: self.device)
            if let value = old[name] { withoutGradients { copy.copyInPlace(value) } }
            return copy
        }
        return try adapted(
            by: LowRankAdapter(adapter.settings, from: source, base: adapter.base))
    }

    /// A decoder without an adapter whose adapted weights are new ones, `W + s · B A`; the others
    /// are these.
    ///
    /// The sum is computed in the larger of both types and rounded once.
    ///
    /// - Parameter dtype: of the new weights; by default that of these.
    /// - Returns: the new decoder.
    /// - Throws: `ModelError` where a weight is missing.
    public func merged(dtype: DType? = nil) throws -> Decoder {
        let changes = Dictionary(
            (adapter?.layers ?? []).map { ("\($0.name).weight", $0.weightChange) },
            uniquingKeysWith: { first, _ in first })
        let weights = Dictionary(
            parameters.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
        return try Decoder(
            configuration,
            from: ParameterSource { [dtype = dtype ?? self.dtype] name, _, _ in
                let weight = try Self.weight(name, of: weights)
                return withoutGradients { (changes[name].map { weight + $0 } ?? weight).to(dtype) }
            })
    }

    private static func weight(_ name: String, of weights: [String: Tensor]) throws -> Tensor {
        guard let weight = weights[name] else {
            throw ModelError(file: "Decoder", reason: "there is no weight \"\(name)\".")
        }
        return weight.detached()
    }

    /// What learns: the adapter where there is one, else every parameter.
    public var trainableParameters: [Parameter] { adapter?.parameters ?? parameters }

    /// Runs the forward half of a training pass with the adapter's dropout, if it has any.
    ///
    /// - Parameters:
    ///   - seed: of the run.
    ///   - step: of the run.
    ///   - pass: of the step: each micro-batch leaves out others.
    ///   - body: the half, or the whole pass.
    /// - Returns: what it returns.
    package func withDropout<Result>(
        _ seed: UInt64, _ step: Int, _ pass: Int, _ body: () -> Result
    ) -> Result {
        guard let dropout = adapter?.dropout else { return body() }
        // A word of its own keeps this stream apart from those of the completions.
        return dropout.during(RandomStream(seed, 0x64726F70, UInt64(step), UInt64(pass)), body)
    }

    /// Computes a block, in a training pass so that its gradient computes it again if that is asked
    /// for.
    func recomputingBlock(_ hidden: Tensor, _ block: @escaping (Tensor) -> Tensor) -> Tensor {
        guard recomputesBlocks else { return block(hidden) }
        return hidden.recomputed(adapter?.dropout.repeatable(block) ?? block)
    }
}

/// The decoder of a value network.
extension Decoder {
    /// A decoder to learn values with: one of its own, or with an adapter, the same frozen weights
    /// under an adapter of its own. Both start as copies.
    func trunkToTrain() throws -> Decoder {
        let trunk = adapter == nil ? try trunkCopy() : try copyingAdapter()
        trunk.recomputesBlocks = recomputesBlocks
        return trunk
    }

    /// The decoder of `trunkToTrain` with parameters that a file holds, of the type it is asked for.
    func trunk(from source: (DType) -> ParameterSource) throws -> Decoder {
        guard let adapter else {
            return try Decoder(configuration.withoutOutputLayer, from: source(dtype))
        }
        let dtype = adapter.parameters.first?.value.dtype ?? .float32
        return try adapted(
            by: LowRankAdapter(adapter.settings, from: source(dtype), base: adapter.base))
    }
}
