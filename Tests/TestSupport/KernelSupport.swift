public import Torch

/// A formula's value and the gradients of its inputs, along a fixed direction of its result.
public struct Differentiated {
    /// The elements of the value.
    public let value: [Double]
    /// One list for each input.
    public let gradients: [[Double]]

    /// The formula at some inputs, in a type.
    public init(
        _ inputs: [Tensor], in dtype: DType = .float32, seed: UInt64 = 99,
        _ formula: ([Tensor]) -> Tensor
    ) {
        let leaves = inputs.map { $0.detached().to(dtype).requiringGradient() }
        let result = formula(leaves)
        let direction = Tensor.normal(
            deviation: 1, seed: seed, shape: result.shape, dtype: .float32)
        (result * direction.to(dtype)).sum().backward()
        value = result.doubles
        gradients = leaves.map { $0.gradient?.doubles ?? [] }
    }

    /// The largest difference of a list from its counterpart, by the latter's largest number.
    public func error(from exact: Differentiated) -> Double {
        zip([value] + gradients, [exact.value] + exact.gradients).map { ours, exact in
            largestDifference(ours, exact) / max(exact.map(abs).max() ?? 0, 1e-30)
        }.max() ?? .infinity
    }
}
