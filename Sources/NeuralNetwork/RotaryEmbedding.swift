public import Torch

/// Rotary position embedding in the "rotate half" layout (Su et al. 2021, section 3.4.2; the
/// halves instead of the pairs, as Llama's checkpoints have it).
public struct RotaryEmbedding {
    /// The angle a position adds to each pair of channels, `[D / 2]`, float32.
    private let inverseFrequencies: [Float]

    /// Frequencies `base^(−2i / D)` for heads of width `D`.
    public init(headWidth: Int, base: Double) {
        inverseFrequencies = (0..<headWidth / 2).map { index in
            1 / Float(base).raised(to: Float(2 * index) / Float(headWidth))
        }
    }

    /// The rotation at some positions, made once a pass and shared by its layers.
    public struct Angles {
        /// `[T, 1, D]`
        let cosine: Tensor
        /// `[T, 1, D]`; the sign of the rotation is in its first half.
        let sine: Tensor
    }

    /// The rotation at positions `[T]`, in the type that the activations have.
    public func angles(at positions: Tensor, dtype: DType) -> Angles {
        let frequencies = Tensor(inverseFrequencies, shape: [1, 1, inverseFrequencies.count])
            .to(device: positions.device)
        let angles = positions.to(.float32).reshaped([-1, 1, 1]) * frequencies
        let (cosine, sine) = (angles.cosine(), angles.sine())
        return Angles(
            cosine: .concatenate([cosine, cosine], axis: -1).to(dtype),
            sine: .concatenate([-sine, sine], axis: -1).to(dtype))
    }
}

extension Tensor {
    /// Rotates the heads `[T, H, D]` of each token by its position's angles.
    public func rotated(_ angles: RotaryEmbedding.Angles) -> Tensor {
        let half = (shape.last ?? 0) / 2
        let swapped = Tensor.concatenate(
            [narrowed(-1, from: half, count: half), narrowed(-1, from: 0, count: half)], axis: -1)
        return self * angles.cosine + swapped * angles.sine
    }
}
