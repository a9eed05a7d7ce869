import CTorch

/// Consecutive tokens in the packing of a pass.
package struct PackedSegment {
    /// The place of the first token.
    let start: Int
    /// The number of tokens.
    let length: Int
    /// The index of the earlier segment that this one continues.
    let parent: Int?

    /// A segment.
    package init(start: Int, length: Int, parent: Int?) {
        (self.start, self.length, self.parent) = (start, length, parent)
    }
}

extension Tensor {
    /// Whether the fused attention of a packed pass takes these tensors: float32 on the CPU, where
    /// libtorch brings its products.
    package static func packedAttentionTakes(query: Tensor, key: Tensor, value: Tensor) -> Bool {
        query.withHandle { query in
            key.withHandle { key in
                value.withHandle { ct_packed_attention_takes(query, key, $0) }
            }
        }
    }

    /// softmax(cap(q kᵀ · scale)) v of a packed pass without padding, copies of keys or masks; only
    /// the result and a number a row are kept for the backward pass.
    ///
    /// - Parameters:
    ///   - query: `[T, H, D]`
    ///   - key: `[T, K, D]`, `K` a divisor of `H`
    ///   - value: `[T, K, D]`
    ///   - segments: all of the packing in order; each looks at itself causally and at the whole of
    ///     its parent.
    ///   - scale: the factor on q kᵀ.
    ///   - window: how many tokens a query looks at, itself included; `nil` for all before it.
    ///   - cap: c in c · tanh(score / c); `nil` for none.
    /// - Returns: `[T, H · D]`
    package static func packedAttention(
        query: Tensor, key: Tensor, value: Tensor, segments: [PackedSegment], scale: Double,
        window: Int?, cap: Double?
    ) -> Tensor {
        let segments = segments.map { segment in
            ct_segment(
                start: Int64(segment.start), length: Int64(segment.length),
                parent: Int64(segment.parent ?? -1))
        }
        return query.apply { query in
            key.withHandle { key in
                value.withHandle { value in
                    segments.withUnsafeBufferPointer { segments in
                        ct_packed_attention(
                            query, key, value, segments.baseAddress, Int64(segments.count), scale,
                            Int64(window ?? 0), cap ?? 0)
                    }
                }
            }
        }
    }
}
