public import Torch

/// `y = x · Wᵀ + b`.
public struct Linear {
    /// `[out, in]`
    public let weight: Parameter
    /// `[out]`
    public let bias: Parameter?

    /// The layer whose tensors are called `name.weight` and `name.bias`.
    public init(
        _ source: ParameterSource, _ name: String, from inputs: Int, to outputs: Int,
        bias hasBias: Bool, deviation: Double
    ) throws {
        weight = try source.parameter(
            "\(name).weight", shape: [outputs, inputs], initial: .normal(deviation: deviation))
        bias =
            hasBias
            ? try source.parameter("\(name).bias", shape: [outputs], initial: .zeros) : nil
    }

    /// `[…, in] → […, out]`
    public func callAsFunction(_ input: Tensor) -> Tensor {
        input.linear(weight.value, bias: bias?.value)
    }

    /// The weight, and the bias where there is one.
    public var parameters: [Parameter] { [weight] + (bias.map { [$0] } ?? []) }
}

/// A table of vectors, one for each token.
public struct Embedding {
    /// `[V, E]`
    public let weight: Parameter

    /// The table that is called `name.weight`.
    public init(
        _ source: ParameterSource, _ name: String, count: Int, width: Int, deviation: Double
    ) throws {
        weight = try source.parameter(
            "\(name).weight", shape: [count, width], initial: .normal(deviation: deviation))
    }

    /// Token ids `[…]` → `[…, E]`
    public func callAsFunction(_ tokens: Tensor) -> Tensor { weight.value.embedding(tokens) }
}

/// Root mean square normalisation with a weight (Zhang & Sennrich 2019, equation 4).
public struct RMSNorm {
    /// `[E]`
    public let weight: Parameter
    private let epsilon: Double

    /// The layer whose weight is called `name.weight`.
    public init(
        _ source: ParameterSource, _ name: String, width: Int, epsilon: Double
    ) throws {
        weight = try source.parameter("\(name).weight", shape: [width], initial: .ones)
        self.epsilon = epsilon
    }

    /// `[…, E] → […, E]`
    public func callAsFunction(_ input: Tensor) -> Tensor {
        input.rmsNorm(weight.value, epsilon: epsilon)
    }

    /// The weight.
    public var parameters: [Parameter] { [weight] }
}
