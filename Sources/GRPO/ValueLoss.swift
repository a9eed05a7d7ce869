public import Torch

/// The objective of the value network: the squared error of its values, clipped.
public struct ValueObjective: Sendable, Equatable {
    /// How far values may move from those at sampling before they have no more gradient; `nil` for
    /// the plain squared error.
    public var clip: Double?

    /// An objective; by default with the range of the policy's ratio, as in TRL.
    public init(clip: Double? = 0.2) { self.clip = clip }

    /// The loss of the value before each completion token.
    ///
    /// With value V, value at sampling V_old and return R (Schulman et al. 2017, equation 9, with
    /// the ½ and the clipping of OpenAI's implementation, which the paper leaves out; verl's
    /// `compute_value_loss`):
    ///
    ///     ℓ = ½ max((V − R)², (clip(V, V_old − c, V_old + c) − R)²)
    ///
    /// - Parameters:
    ///   - values: V with gradient, `[C]`
    ///   - old: V_old, `[C]`
    ///   - returns: R, `[C]`
    /// - Returns: the loss, and where it is clipped, each `[C]`.
    public func tokenLosses(values: Tensor, old: Tensor, returns: Tensor) -> ValueLosses {
        let error = values - returns
        let square = error * error
        guard let clip else { return ValueLosses(loss: square * 0.5, isClipped: nil) }
        let clippedError = values.maximum(old - clip).minimum(old + clip) - returns
        let clippedSquare = clippedError * clippedError
        return ValueLosses(
            loss: square.maximum(clippedSquare) * 0.5, isClipped: square .< clippedSquare)
    }
}

/// The loss of the value network, token by token.
public struct ValueLosses {
    /// `[C]`
    public let loss: Tensor
    /// `true` where the clipped value counts, which has no gradient, `[C]`; `nil` without clipping.
    public let isClipped: Tensor?
}
