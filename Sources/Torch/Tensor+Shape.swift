import CTorch

extension Tensor {
    /// The same elements in another shape; one size may be −1 and is worked out.
    public func reshaped(_ shape: [Int]) -> Tensor {
        withSizes(shape) { sizes, count in apply { ct_reshape($0, sizes, count) } }
    }

    /// Axes of size 1 repeated without a copy.
    public func expanded(_ shape: [Int]) -> Tensor {
        withSizes(shape) { sizes, count in apply { ct_expand($0, sizes, count) } }
    }

    /// Two axes exchanged, without a copy.
    public func transposed(_ first: Int, _ second: Int) -> Tensor {
        apply { ct_transpose($0, Int64(first), Int64(second)) }
    }

    /// The elements `start ..< start + length` of an axis, without a copy.
    public func narrowed(_ axis: Int, from start: Int, count: Int) -> Tensor {
        apply { ct_narrow($0, Int64(axis), Int64(start), Int64(count)) }
    }

    /// One element of the first axis, without a copy; the axis goes.
    public subscript(index: Int) -> Tensor {
        narrowed(0, from: index, count: 1).reshaped(Array(shape.dropFirst()))
    }

    /// The elements of an axis at these positions, `indices` of shape `[n]`.
    public func selecting(_ indices: Tensor, axis: Int = 0) -> Tensor {
        apply { handle in
            indices.withHandle { ct_index_select(handle, Int64(axis), $0) }
        }
    }

    /// The element of each row that `indices` names along an axis, in the shape of `indices`.
    public func gathered(_ indices: Tensor, axis: Int = -1) -> Tensor {
        apply { handle in indices.withHandle { ct_gather(handle, Int64(axis), $0) } }
    }

    /// A copy with contiguous storage; itself where it has that already.
    public func contiguous() -> Tensor { apply(ct_contiguous) }

    /// Tensors one after the other along an axis.
    public static func concatenate(_ tensors: [Tensor], axis: Int = 0) -> Tensor {
        withHandles(tensors) { handles, count in
            Tensor(adopting: ct_concatenate(handles, count, Int64(axis)))
        }
    }
}

/// Hands a list of tensors to C; all of them outlive `body`.
func withHandles<Result>(
    _ tensors: [Tensor], _ body: (UnsafePointer<OpaquePointer>, Int) -> Result
) -> Result {
    require(!tensors.isEmpty, "expected at least one tensor")
    return withExtendedLifetime(tensors) {
        let handles = tensors.map { $0.withHandle { $0 } }
        return handles.withUnsafeBufferPointer { buffer in
            guard let start = buffer.baseAddress else { fatalError("no room for handles") }
            return body(start, buffer.count)
        }
    }
}
