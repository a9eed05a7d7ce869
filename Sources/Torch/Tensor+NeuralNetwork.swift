import CTorch

extension Tensor {
    /// `x · Wᵀ + b`: `[…, in] → […, out]`, weight `[out, in]`, bias `[out]`.
    public func linear(_ weight: Tensor, bias: Tensor? = nil) -> Tensor {
        apply { input in
            weight.withHandle { weight in
                guard let bias else { return ct_linear(input, weight, nil) }
                return bias.withHandle { ct_linear(input, weight, $0) }
            }
        }
    }

    /// The products of several layers with this input, `[…, in] → […, out]` each: one step of the
    /// backward pass, which adds up their gradients of the input as it makes them.
    ///
    /// - Parameters:
    ///   - weights: `[out, in]` of each layer; at least one.
    ///   - biases: `[out]` of each layer, or none.
    /// - Returns: a product for each weight.
    public func linears(_ weights: [Tensor], biases: [Tensor] = []) -> [Tensor] {
        require(biases.isEmpty || biases.count == weights.count, "linears: a bias each, or none")
        var outputs = [OpaquePointer?](repeating: nil, count: weights.count)
        let status = withHandle { input in
            withHandles(weights) { weights, count in
                guard !biases.isEmpty else {
                    return ct_linears(input, weights, nil, count, &outputs)
                }
                return withHandles(biases) { biases, _ in
                    ct_linears(input, weights, biases, count, &outputs)
                }
            }
        }
        check(status, "linears")
        return outputs.map { Tensor(adopting: $0) }
    }

    /// The rows of this table `[V, E]` that `indices` names, in the shape of `indices` with `E`.
    public func embedding(_ indices: Tensor) -> Tensor { apply(ct_embedding, indices) }

    /// `x / √(mean(x²) + epsilon) · weight` over the last axis.
    public func rmsNorm(_ weight: Tensor, epsilon: Double) -> Tensor {
        apply { input in weight.withHandle { ct_rms_norm(input, $0, epsilon) } }
    }

    /// The nonlinearity of a gated feed-forward network.
    public enum Activation: Sendable {
        /// x · sigmoid(x)
        case silu
        /// x · Φ(x), Φ by its tanh formula (Hendrycks & Gimpel 2016)
        case geluTanh
    }

    /// `activation(self) · up`, both of one shape.
    public func gated(_ activation: Activation, up: Tensor) -> Tensor {
        apply { gate in up.withHandle { ct_gated(gate, $0, ct_activation(activation)) } }
    }

    /// `activation(gate) · up` of a fused product `[…, 2F]`, gate its first half and up its second:
    /// `[…, F]`.
    public func gatedHalves(_ activation: Activation) -> Tensor {
        apply { ct_gated($0, nil, ct_activation(activation)) }
    }

    /// Rotates the first R channels of heads `[T, H, D]`, channel i with channel i ± R / 2.
    ///
    /// - Parameters:
    ///   - cosine: `[T, 1, R]`
    ///   - sine: `[T, 1, R]`, its first half negative: the sign of the rotation.
    /// - Returns: `[T, H, D]`
    public func rotated(cosine: Tensor, sine: Tensor) -> Tensor {
        apply { heads in
            cosine.withHandle { cosine in sine.withHandle { ct_rotary(heads, cosine, $0) } }
        }
    }

    /// softmax(q kᵀ · scale + mask) v.
    ///
    /// - Parameters:
    ///   - query: `[B, H, Q, D]`
    ///   - key: `[B, K, S, D]`, `K` a divisor of `H`
    ///   - value: `[B, K, S, D]`
    ///   - mask: true where the query may look at the key; broadcasts to `[B, H, Q, S]`.
    ///   - causal: each query looks at the keys up to its own place; then there is no mask.
    ///   - scale: the factor on q kᵀ.
    /// - Returns: `[B, H, Q, D]`
    public static func attention(
        query: Tensor, key: Tensor, value: Tensor, mask: Tensor? = nil, causal: Bool = false,
        scale: Double
    ) -> Tensor {
        query.apply { query in
            key.withHandle { key in
                value.withHandle { value in
                    guard let mask else {
                        return ct_attention(query, key, value, nil, causal, scale)
                    }
                    return mask.withHandle {
                        ct_attention(query, key, value, $0, causal, scale)
                    }
                }
            }
        }
    }

    /// The log-probability of each target and the entropy of each row's distribution.
    ///
    /// This tensor holds the hidden states `[T, E]`. The logits `[T, V]` never exist whole: rows
    /// go through the output layer `chunkRows` at a time, forward and backward.
    ///
    /// - Parameters:
    ///   - weight: the output layer, `[V, E]`
    ///   - targets: `[T]`, int64
    ///   - temperature: the logits are divided by it.
    ///   - cap: c in c · tanh(logit / c), which bounds the logits first; `nil` for none.
    ///   - chunkRows: rows a chunk.
    /// - Returns: `[2, T]`: log π(target) in nats, then the entropy in nats.
    public func tokenLogProbabilities(
        weight: Tensor, targets: Tensor, temperature: Double, cap: Double? = nil, chunkRows: Int
    ) -> Tensor {
        apply { hidden in
            weight.withHandle { weight in
                targets.withHandle {
                    ct_token_log_probabilities(
                        hidden, weight, $0, temperature, cap ?? 0, Int64(chunkRows))
                }
            }
        }
    }
}

extension ct_activation {
    init(_ activation: Tensor.Activation) {
        switch activation {
        case .silu: self = CT_SILU
        case .geluTanh: self = CT_GELU_TANH
        }
    }
}
