public import Torch

/// Linear layers with the same input, whose products may be one.
public struct LinearGroup {
    /// The layers in the order of their results.
    public let layers: [Linear]
    private let packed = PackedCopy()

    /// A group of layers.
    public init(_ layers: [Linear]) { self.layers = layers }

    /// The products of all layers.
    ///
    /// - Parameters:
    ///   - input: `[T, in]`
    ///   - product: what the input is made of, where it is a gated product.
    /// - Returns: `[T, out]` for each layer.
    public func callAsFunction(_ input: Tensor, product: GatedProduct? = nil) -> [Tensor] {
        guard let weights = packed.weights else {
            return zip(layers, products(input)).map {
                $0.adapted($1, input: input, product: product)
            }
        }
        let whole = weights(input)
        guard layers.count > 1 else {
            return [layers[0].adapted(whole, input: input, product: product)]
        }
        var start = 0
        return layers.map { layer in
            let count = layer.weight.value.shape[0]
            defer { start += count }
            let part = whole.narrowed(-1, from: start, count: count)
            return layer.adapted(part, input: input, product: product)
        }
    }

    private func products(_ input: Tensor) -> [Tensor] {
        let biases = layers.compactMap(\.bias?.value)
        guard biases.isEmpty || biases.count == layers.count else {
            return layers.map { input.linear($0.weight.value, bias: $0.bias?.value) }
        }
        return input.linears(layers.map(\.weight.value), biases: biases)
    }

    /// Makes a copy of the weights for sampling, where this processor has a use for it; it stays
    /// until `unpack()`, and does not follow the weights.
    public func pack() {
        let biases = layers.compactMap(\.bias?.value)
        guard biases.isEmpty || biases.count == layers.count else { return }
        packed.weights = PackedWeights(layers.map(\.weight.value), biases: biases)
    }

    /// Lets the copy go: products are those of the weights again.
    public func unpack() { packed.weights = nil }

    /// The layers' own.
    public var parameters: [Parameter] { layers.flatMap(\.parameters) }
}

private final class PackedCopy {
    var weights: PackedWeights?
}
