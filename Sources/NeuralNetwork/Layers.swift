public import Torch

/// `y = x · Wᵀ + b`, and what an adapter adds where the source has one for the layer.
public struct Linear {
    /// `[out, in]`
    public let weight: Parameter
    /// `[out]`
    public let bias: Parameter?
    private let adapter: LowRankLayer?

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
        adapter = try source.adapter?.layer(name, from: inputs, to: outputs)
    }

    /// `[…, in] → […, out]`
    public func callAsFunction(_ input: Tensor, product: GatedProduct? = nil) -> Tensor {
        adapted(input.linear(weight.value, bias: bias?.value), input: input, product: product)
    }

    /// The product of the weight, and what the adapter adds to it.
    func adapted(_ output: Tensor, input: Tensor, product: GatedProduct?) -> Tensor {
        adapter?.adding(to: output, input: input, product: product) ?? output
    }

    /// The weight, and the bias where there is one; the adapter keeps its own.
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
    /// What the normalised values are multiplied by.
    public enum Gain: Sendable {
        /// The weight, in the type of the activations, as Llama has it.
        case weight
        /// 1 + weight, in float32, as Gemma has it.
        case onePlusWeight
    }

    /// `[E]`
    public let weight: Parameter
    private let gain: Gain
    private let epsilon: Double

    /// The layer whose weight is called `name.weight`.
    public init(
        _ source: ParameterSource, _ name: String, width: Int, epsilon: Double,
        gain: Gain = .weight
    ) throws {
        weight = try source.parameter(
            "\(name).weight", shape: [width], initial: gain == .weight ? .ones : .zeros)
        self.gain = gain
        self.epsilon = epsilon
    }

    /// `[…, E] → […, E]`
    public func callAsFunction(_ input: Tensor) -> Tensor {
        guard gain == .onePlusWeight else { return input.rmsNorm(weight.value, epsilon: epsilon) }
        let precise = input.dtype == .float64 ? DType.float64 : .float32
        return input.to(precise).rmsNorm(weight.value.to(precise) + 1, epsilon: epsilon)
            .to(input.dtype)
    }

    /// The weight.
    public var parameters: [Parameter] { [weight] }
}
