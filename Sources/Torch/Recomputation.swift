import CTorch

extension Tensor {
    /// `function(self)`, keeping of all that it computes only this tensor for `backward()`, which
    /// calls the function a second time: memory for time.
    ///
    /// The numbers are those of `function(self)`, and so are the gradients of this tensor and of
    /// every leaf that the function reads, if it computes the same each time. Where no operations
    /// are recorded it is the plain call.
    ///
    /// - Parameter function: of one tensor, on this thread or, on a GPU, on the one that computes
    ///   its gradients while this one waits. It holds what it closes over until the backward pass.
    /// - Returns: its result, which must be a new tensor.
    public func recomputed(_ function: @escaping (Tensor) -> Tensor) -> Tensor {
        let context = Unmanaged.passRetained(Function(function)).toOpaque()
        return apply {
            ct_recomputed(
                $0,
                ct_function(
                    context: context,
                    call: { context, input in
                        Unmanaged<Function>.fromOpaque(context).takeUnretainedValue()
                            .call(borrowing: input)
                    },
                    release: { Unmanaged<Function>.fromOpaque($0).release() }))
        }
    }
}

/// A closure as an object, so that C can hold it.
private final class Function {
    private let body: (Tensor) -> Tensor

    init(_ body: @escaping (Tensor) -> Tensor) { self.body = body }

    /// The input stays the caller's; the result is the caller's from now on.
    func call(borrowing input: OpaquePointer) -> OpaquePointer? {
        guard let same = ct_alias(input) else { return nil }
        return body(Tensor(adopting: same)).withHandle(ct_alias)
    }
}
