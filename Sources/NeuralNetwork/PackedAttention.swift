public import Torch

/// Which tokens of a packed pass look at which.
///
/// A packed pass holds every token once, `[T, …]`, without padding. A prompt that a group shares
/// stands once in the packing, and each of its completions looks at it there: so its keys and
/// values are computed once, and the gradients of all completions flow back to it.
public struct AttentionLayout {
    private let segments: [PackedSegment]
    private let rows: PaddedRows

    /// The causal attention of segments, some of which continue another.
    ///
    /// - Parameters:
    ///   - segments: in the order of the packing. A segment looks at itself causally and at the
    ///     whole of the segment it continues.
    ///   - device: where the pass runs.
    public init(_ segments: [Segment], device: Device) {
        var start = 0
        self.segments = segments.map { segment in
            defer { start += segment.length }
            return PackedSegment(start: start, length: segment.length, parent: segment.continues)
        }
        rows = PaddedRows(segments, device: device)
    }

    /// softmax(q kᵀ · scale) v for every token of the packing, within a layer's rule.
    ///
    /// Float32 on the CPU goes through a fused kernel, everything else through padded rows.
    ///
    /// - Parameters:
    ///   - query: `[T, H, D]`
    ///   - key: `[T, K, D]`
    ///   - value: `[T, K, D]`
    ///   - rule: the layer's scale, window and soft cap.
    /// - Returns: `[T, H · D]`
    public func attention(
        query: Tensor, key: Tensor, value: Tensor, rule: AttentionRule
    ) -> Tensor {
        guard Tensor.packedAttentionTakes(query: query, key: key, value: value) else {
            return rows.attention(query: query, key: key, value: value, rule: rule)
        }
        return .packedAttention(
            query: query, key: key, value: value, segments: segments, scale: rule.scale,
            window: rule.window, cap: rule.scoreCap)
    }
}

/// Consecutive tokens of a packed pass.
public struct Segment: Sendable, Equatable {
    /// The number of tokens.
    public let length: Int
    /// The earlier segment that this one continues, such as a completion its prompt.
    public let continues: Int?

    /// A segment of so many tokens.
    public init(length: Int, continuing parent: Int? = nil) {
        self.length = length
        continues = parent
    }
}
