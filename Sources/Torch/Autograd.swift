import CTorch

/// Runs `body` without recording operations for differentiation.
///
/// Whether operations are recorded is a property of the thread, so `body` is synchronous.
public func withoutGradients<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
) throws(Failure) -> Result {
    try withGradients(false, body)
}

private func withGradients<Result, Failure: Error>(
    _ recording: Bool, _ body: () throws(Failure) -> Result
) throws(Failure) -> Result {
    let before = ct_gradient_mode()
    ct_set_gradient_mode(recording)
    defer { ct_set_gradient_mode(before) }
    return try body()
}

extension Tensor {
    /// This tensor, from now on a leaf whose gradient `backward()` computes.
    @discardableResult
    public func requiringGradient() -> Tensor {
        check(withHandle(ct_require_gradient), "requiringGradient")
        return self
    }

    /// The same elements, cut off from what computed them.
    public func detached() -> Tensor { apply(ct_detach) }

    /// Adds the gradient of this scalar to every leaf that it depends on.
    public func backward() { check(withHandle(ct_backward), "backward") }

    /// The gradients of this scalar; no leaf is changed, so that passes may run side by side.
    ///
    /// - Parameter leaves: what it may depend on.
    /// - Returns: a gradient for each leaf, `nil` where the scalar does not depend on it.
    package func gradients(of leaves: [Tensor]) -> [Tensor?] {
        var found = [OpaquePointer?](repeating: nil, count: leaves.count)
        let status = withHandles(leaves) { leaves, count in
            withHandle { ct_gradients($0, leaves, count, &found) }
        }
        check(status, "gradients")
        return found.map { $0.map { Tensor(adopting: $0) } }
    }

    /// Adds to the gradient that this leaf holds.
    package func addGradient(_ gradient: Tensor) {
        check(
            withHandle { leaf in gradient.withHandle { ct_add_gradient(leaf, $0) } }, "addGradient")
    }

    /// The gradient that `backward()` has summed up, or `nil` where there is none.
    public var gradient: Tensor? {
        guard withHandle(ct_has_gradient) else { return nil }
        return apply(ct_gradient)
    }

    /// Forgets the gradient.
    public func clearGradient() { withHandle(ct_clear_gradient) }
}
