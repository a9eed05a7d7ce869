import CTorch

extension Tensor {
    /// eˣ of every element.
    public func exponential() -> Tensor { apply(ct_exponential) }

    /// The natural logarithm of every element.
    public func logarithm() -> Tensor { apply(ct_logarithm) }

    /// The cosine of every element, in radians.
    public func cosine() -> Tensor { apply(ct_cosine) }

    /// The sine of every element, in radians.
    public func sine() -> Tensor { apply(ct_sine) }

    /// 1 / (1 + e⁻ˣ) of every element.
    public func sigmoid() -> Tensor { apply(ct_sigmoid) }

    /// x · sigmoid(x) of every element.
    public func silu() -> Tensor { apply(ct_silu) }

    /// tanh(x) of every element.
    public func hyperbolicTangent() -> Tensor { apply(ct_hyperbolic_tangent) }

    /// x · Φ(x) of every element, Φ by its tanh formula (Hendrycks & Gimpel 2016).
    public func geluTanh() -> Tensor { apply(ct_gelu_tanh) }

    /// The absolute value of every element.
    public func absolute() -> Tensor { apply(ct_absolute) }

    /// Every element to a power.
    public func power(_ exponent: Double) -> Tensor { apply { ct_power_scalar($0, exponent) } }

    /// Every element, no smaller than `lower` and no larger than `upper`.
    public func clamped(_ lower: Double, _ upper: Double) -> Tensor {
        apply { ct_clamp($0, lower, upper) }
    }

    /// The smaller of both elements, with broadcasting.
    public func minimum(_ other: Tensor) -> Tensor { apply(ct_minimum, other) }

    /// The larger of both elements, with broadcasting.
    public func maximum(_ other: Tensor) -> Tensor { apply(ct_maximum, other) }

    /// `a` where this mask is true, `b` elsewhere, with broadcasting.
    public func select(_ a: Tensor, else b: Tensor) -> Tensor {
        apply { mask in a.withHandle { a in b.withHandle { ct_where(mask, a, $0) } } }
    }

    /// The matrix product over the last two axes, `[…, n, m] × […, m, k] → […, n, k]`.
    public func matmul(_ other: Tensor) -> Tensor { apply(ct_matmul, other) }

    /// e^(xᵢ) / Σⱼ e^(xⱼ) along an axis.
    public func softmax(_ axis: Int = -1) -> Tensor { apply { ct_softmax($0, Int64(axis)) } }

    /// The logarithm of the softmax along an axis.
    public func logSoftmax(_ axis: Int = -1) -> Tensor { apply { ct_log_softmax($0, Int64(axis)) } }
}
