import CTorch

/// There was no memory for what `Library.throwingOutOfMemory` computes.
public struct OutOfMemory: Error, CustomStringConvertible {
    /// What the allocator says.
    public let reason: String

    /// The same.
    public var description: String { reason }
}

extension Library {
    /// Runs tensor work, and throws where memory runs out in it; outside, that traps.
    ///
    /// Operations have no way to throw of their own. From the one that found no memory on, all of
    /// the scope compute nothing and give stand-ins, tensors of eight axes of one element, so that
    /// `body` comes to its end; what it returns is dropped. Where it draws on numbers that it reads
    /// from tensors, by index or count, it asks `hasRunOutOfMemory` first. Passes side by side and
    /// the backward pass belong to the scope that they are called in. Scopes nest.
    ///
    /// - Parameter body: changes nothing that cannot be thrown away: an operation in place may or
    ///   may not have been done.
    /// - Returns: what `body` returns.
    /// - Throws: `OutOfMemory`, else what `body` throws.
    public static func throwingOutOfMemory<Result>(_ body: () throws -> Result) throws -> Result {
        let scope = ct_begin_memory_scope()
        let result = Swift.Result { try body() }
        // What was thrown amid stand-ins says nothing.
        guard !ct_end_memory_scope(scope) else { throw OutOfMemory(reason: lastError()) }
        return try result.get()
    }

    /// Whether memory ran out in the scope that this thread works in.
    package static var hasRunOutOfMemory: Bool { ct_memory_ran_out() }
}

extension Tensor {
    /// Whether no element is infinite or not a number.
    package var isFinite: Bool {
        var isFinite = true
        check(withHandle { ct_is_finite($0, &isFinite) }, "isFinite")
        return isFinite
    }
}
