public import Torch

/// What the attention of a layer does beside softmax(q kᵀ) v.
public struct AttentionRule: Sendable, Equatable {
    /// The factor on q kᵀ.
    public var scale: Double
    /// How many tokens a query looks at, itself included; `nil` for all before it.
    public var window: Int?
    /// c in c · tanh(score / c), which bounds the scores; `nil` for none.
    public var scoreCap: Double?

    /// A rule.
    public init(scale: Double, window: Int? = nil, scoreCap: Double? = nil) {
        self.scale = scale
        self.window = window
        self.scoreCap = scoreCap
    }

    /// softmax(cap(q kᵀ · scale) + mask) v.
    ///
    /// - Parameters:
    ///   - query: `[B, H, Q, D]`
    ///   - key: `[B, K, S, D]`, `K` a divisor of `H`
    ///   - value: `[B, K, S, D]`
    ///   - mask: true where the query may look at the key, `[B, 1, Q, S]`; it says the window.
    /// - Returns: `[B, H, Q, D]`
    func attention(query: Tensor, key: Tensor, value: Tensor, mask: Tensor) -> Tensor {
        guard let scoreCap else {
            return .attention(query: query, key: key, value: value, mask: mask, scale: scale)
        }
        let (shape, heads) = (query.shape, key.shape[1])
        // The heads of a key/value head side by side, so that its keys are not repeated.
        let grouped = query.reshaped([shape[0], heads, -1, shape[3]]) * scale
        let scores = grouped.matmul(key.transposed(2, 3)).softCapped(scoreCap)
            .reshaped([shape[0], shape[1], shape[2], -1])
        let impossible = Tensor.full(
            -.infinity, shape: [1], dtype: scores.dtype, device: scores.device)
        let shares = mask.select(scores, else: impossible).softmax()
        return shares.reshaped([shape[0], heads, -1, key.shape[2]]).matmul(value).reshaped(shape)
    }
}

/// Which queries of some rows may look at which keys: a row's keys are a parent's, padded, then its
/// own. Made whole once for each window.
final class AttentionMask {
    /// The parent's real tokens, `[R, 1, 1, 1]`
    private let parentLengths: Tensor
    /// `[1, 1, Q, 1]`
    private let query: Tensor
    /// `[1, 1, 1, Q]`
    private let own: Tensor
    /// `[1, 1, 1, P]`; `nil` where no row has a parent.
    private let parent: Tensor?
    private var known: [Int?: Tensor] = [:]

    /// The mask of rows of `width` own tokens that continue parents of these lengths.
    init(parentLengths: [Int], parentWidth: Int, width: Int, device: Device) {
        self.parentLengths = Tensor(parentLengths).to(device: device).reshaped([-1, 1, 1, 1])
        query = Tensor.range(width, device: device).reshaped([1, 1, width, 1])
        own = query.reshaped([1, 1, 1, width])
        parent =
            parentWidth == 0
            ? nil : Tensor.range(parentWidth, device: device).reshaped([1, 1, 1, parentWidth])
    }

    /// The mask `[R, 1, Q, S]` of a layer whose queries look at so many tokens.
    func within(_ window: Int?) -> Tensor {
        if let mask = known[window] { return mask }
        let rows = parentLengths.shape[0]
        let width = own.shape[3]
        var ownMask = own .<= query
        // Attend where key > query − window, counted from the row's first token.
        if let window { ownMask = ownMask .& ((query - Double(window)) .< own) }
        var mask = ownMask.expanded([rows, 1, width, width])
        if let parent {
            var parentMask = parent .< parentLengths
            if let window {
                parentMask = parentMask .& ((parentLengths + query - Double(window)) .< parent)
            }
            let whole = parentMask.expanded([rows, 1, width, parent.shape[3]])
            mask = .concatenate([whole, mask], axis: -1)
        }
        known[window] = mask
        return mask
    }
}

extension Tensor {
    /// c · tanh(x / c) of every element.
    public func softCapped(_ cap: Double) -> Tensor { (self / cap).hyperbolicTangent() * cap }
}
