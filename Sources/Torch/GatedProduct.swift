import CTorch

/// `activation(gate) · up` (Shazeer 2020, section 2), with what it was made of.
public struct GatedProduct {
    /// `[…, F]`
    public let value: Tensor
    private let gate: Tensor
    private let up: Tensor?
    private let activation: Tensor.Activation

    /// The product of a gate and an up of one shape `[…, F]`; without `up` of the halves of `gate`,
    /// `[…, 2F]`.
    public init(gate: Tensor, up: Tensor?, _ activation: Tensor.Activation) {
        (self.gate, self.up, self.activation) = (gate, up, activation)
        value = up.map { gate.gated(activation, up: $0) } ?? gate.gatedHalves(activation)
    }

    /// `value · Wᵀ`, `[…, out]`, which keeps no copy of the value for the gradient of W `[out, F]`:
    /// that is computed again, a third of what a feed-forward network keeps.
    public func linear(_ weight: Tensor) -> Tensor {
        value.apply { product in
            weight.withHandle { weight in
                gate.withHandle { gate in
                    guard let up else {
                        return ct_gated_linear(
                            product, weight, gate, nil, ct_activation(activation))
                    }
                    return up.withHandle {
                        ct_gated_linear(product, weight, gate, $0, ct_activation(activation))
                    }
                }
            }
        }
    }
}
