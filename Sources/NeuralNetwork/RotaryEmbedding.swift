public import Torch

/// Where the tokens of a pass stand.
///
/// Rotary frequencies may depend on the length of the sequence (`dynamic`, `longrope`). The length
/// that counts is that of the pass which computes a token in cached decoding: a prompt's tokens are
/// rotated for the prompt's length, a completion's token at position p for p + 1. So sampling and
/// training agree, a group shares its prompt's keys, and transformers' decoding with a cache gives
/// the same numbers for the sequence alone (in a batch it takes the longest sequence for all).
/// Only `generate` of its Phi-3 departs: where a completion outgrows the original length, it computes
/// the whole sequence again with the long factors.
public struct TokenPlaces {
    /// Each token's place in its own sequence, `[T]`, int64
    public let positions: Tensor
    /// The length of the sequence that each token is rotated for, `[T]`, int64
    public let lengths: Tensor

    /// Places as whole numbers, one of each for every token.
    public init(positions: [Int], lengths: [Int], device: Device) {
        self.positions = Tensor(positions).to(device: device)
        self.lengths = Tensor(lengths).to(device: device)
    }

    /// The places of sequences that grow by a token, one a sequence.
    public init(next positions: [Int], device: Device) {
        self.init(positions: positions, lengths: positions.map { $0 + 1 }, device: device)
    }
}

/// Rotary position embedding in the "rotate half" layout (Su et al. 2021, section 3.4.2; the
/// halves instead of the pairs, as Llama's checkpoints have it).
public struct RotaryEmbedding {
    private let frequencies: RotaryFrequencies
    /// The factor on cosine and sine.
    private let magnitude: Double

    /// The rotation of heads of width `D`.
    public init(headWidth: Int, configuration: RotaryConfiguration) {
        frequencies = RotaryFrequencies(
            configuration, width: configuration.rotatedWidth(headWidth: headWidth))
        magnitude =
            switch configuration.scaling {
            case .yarn(let rule): rule.magnitude
            case .longRoPE(let rule): rule.magnitude
            case .none, .linear, .dynamic, .llama3: 1
            }
    }

    /// The rotation at some positions, made once a pass and shared by its layers.
    public struct Angles {
        /// `[T, 1, rotated channels]`
        let cosine: Tensor
        /// `[T, 1, rotated channels]`; the sign of the rotation is in its first half.
        let sine: Tensor
    }

    /// The rotation at the places of a pass, in the type that the activations have.
    public func angles(at places: TokenPlaces, dtype: DType) -> Angles {
        let angles =
            places.positions.to(.float32).reshaped([-1, 1, 1])
            * frequencies.values(lengths: places.lengths)
        let scaled = { [magnitude] (part: Tensor) in magnitude == 1 ? part : part * magnitude }
        let (cosine, sine) = (scaled(angles.cosine()), scaled(angles.sine()))
        return Angles(
            cosine: .concatenate([cosine, cosine], axis: -1).to(dtype),
            sine: .concatenate([-sine, sine], axis: -1).to(dtype))
    }
}

extension Tensor {
    /// Rotates the first channels of the heads `[T, H, D]` of each token by its place's angles;
    /// `nil` rotates nothing.
    public func rotated(_ angles: RotaryEmbedding.Angles?) -> Tensor {
        guard let angles else { return self }
        return rotated(cosine: angles.cosine, sine: angles.sine)
    }
}
