import CTorch

/// The few changes in place, for the optimizer and the key/value cache.
extension Tensor {
    /// Overwrites the elements with another tensor's, which broadcasts.
    package func copyInPlace(_ source: Tensor) {
        check(
            withHandle { target in source.withHandle { ct_copy_into(target, $0) } }, "copyInPlace")
    }

    /// Multiplies every element.
    package func multiplyInPlace(_ factor: Double) {
        check(withHandle { ct_multiply_in_place($0, factor) }, "multiplyInPlace")
    }

    /// Adds another tensor's elements.
    package func addInPlace(_ other: Tensor) {
        check(withHandle { sum in other.withHandle { ct_add_into(sum, $0) } }, "addInPlace")
    }

    /// Adds `factor · inner · upᵀ` of matrices `[T, r]` and `[out, r]`, and records that.
    ///
    /// Only for what a linear layer has just made, `[T, out]`: it does not need its result for its
    /// gradient.
    package func addLowRankInPlace(_ inner: Tensor, _ up: Tensor, factor: Double) {
        check(
            withHandle { output in
                inner.withHandle { inner in
                    up.withHandle { ct_add_low_rank(output, inner, $0, factor) }
                }
            }, "addLowRankInPlace")
    }

    /// Writes `source` at the positions `indices` `[n]` of an axis.
    package func scatterInPlace(_ source: Tensor, at indices: Tensor, axis: Int) {
        check(
            withHandle { target in
                indices.withHandle { indices in
                    source.withHandle { ct_scatter_into(target, Int64(axis), indices, $0) }
                }
            }, "scatterInPlace")
    }
}

/// The tensors of one AdamW update, index by index.
package struct AdamWTensors {
    package var parameters: [Tensor] = []
    package var gradients: [Tensor] = []
    package var firstMoments: [Tensor] = []
    package var secondMoments: [Tensor] = []
    /// How many updates each parameter has had, float32 `[]`; counted up by the update.
    package var steps: [Tensor] = []

    package init() {}

    /// One AdamW update of all parameters, fused (Loshchilov & Hutter 2019, algorithm 2).
    package func update(
        learningRate: Double, beta1: Double, beta2: Double, weightDecay: Double, epsilon: Double
    ) {
        guard !parameters.isEmpty else { return }
        let settings = ct_adamw(
            learning_rate: learningRate, beta1: beta1, beta2: beta2, weight_decay: weightDecay,
            epsilon: epsilon)
        for step in steps { step.copyInPlace(step + 1) }
        let status = withHandles(parameters) { parameters, count in
            withHandles(gradients) { gradients, _ in
                withHandles(firstMoments) { first, _ in
                    withHandles(secondMoments) { second, _ in
                        withHandles(steps) {
                            steps, _ in
                            ct_adamw_step(
                                settings, count, parameters, gradients, first, second, steps)
                        }
                    }
                }
            }
        }
        check(status, "AdamW")
    }
}
