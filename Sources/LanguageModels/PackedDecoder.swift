import NeuralNetwork
import Torch

/// The output layer or its first rows, as sampling multiplies with it.
struct OutputLayer {
    private let weight: Tensor
    private let packed: PackedWeights?

    /// The layer with the weight `[V, E]`, of which a packed copy may be made.
    init(_ weight: Tensor, isPacked: Bool = false) {
        self.weight = weight
        packed = isPacked ? PackedWeights([weight], biases: []) : nil
    }

    /// `[…, E] → […, V]`
    func callAsFunction(_ hidden: Tensor) -> Tensor { packed?(hidden) ?? hidden.linear(weight) }
}

extension Decoder {
    /// Runs `body` with packed copies of the weights, where they are worth their memory: sampling
    /// multiplies with the same weights for every token.
    ///
    /// - Parameters:
    ///   - outputWeight: the output layer, `[V, E]`
    ///   - body: samples, and changes no weight.
    /// - Returns: what `body` returns.
    func withPackedWeights<Result>(
        outputWeight: Tensor, _ body: (OutputLayer) -> Result
    ) -> Result {
        let groups = blocks.flatMap(\.linearGroups)
        let elements = groups.flatMap(\.parameters).reduce(outputWeight.count) {
            $0 + $1.value.count
        }
        let isWorthIt = device == .cpu && elements * dtype.byteCount <= Self.mostPackedBytes
        guard isWorthIt else { return body(OutputLayer(outputWeight)) }
        groups.forEach { $0.pack() }
        defer { groups.forEach { $0.unpack() } }
        return body(OutputLayer(outputWeight, isPacked: true))
    }

    /// What packed copies may take. Larger models read their weights from memory as they are, which
    /// is then what decoding waits for.
    package static var mostPackedBytes: Int { 256 << 20 }
}
