import CTorch

/// The weights of linear layers with the same input, in the order in which products on this
/// processor read them: faster for few rows than libtorch's own, and a row's result does not depend
/// on what else is in the batch.
///
/// A copy: it does not follow the weights when they change, and no gradient flows through it.
package struct PackedWeights {
    private let panels: Tensor
    private let bias: Tensor?
    /// Rows of all the weights.
    package let outputCount: Int

    /// Packs weights `[out, in]`, with a bias `[out]` for each or none.
    ///
    /// - Returns: `nil` where this processor, the type or the device has no such product.
    package init?(_ weights: [Tensor], biases: [Tensor]) {
        guard ct_packs_weights(),
            weights.allSatisfy({ $0.dtype == .float32 && $0.device == .cpu })
        else { return nil }
        outputCount = weights.reduce(0) { $0 + $1.shape[0] }
        bias =
            biases.isEmpty ? nil : (biases.count == 1 ? biases[0] : Tensor.concatenate(biases))
        panels = Tensor(adopting: withHandles(weights) { ct_pack_weights($0, $1) })
    }

    /// `x · Wᵀ + b`: `[…, in] → […, out]`
    package func callAsFunction(_ input: Tensor) -> Tensor {
        let outputCount = Int64(outputCount)
        return input.apply { input in
            panels.withHandle { panels in
                guard let bias else { return ct_packed_linear(input, panels, outputCount, nil) }
                return bias.withHandle { ct_packed_linear(input, panels, outputCount, $0) }
            }
        }
    }
}
