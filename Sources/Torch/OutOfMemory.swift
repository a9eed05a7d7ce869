import CTorch

/// There was no memory for what `Library.throwingOutOfMemory` computes.
public struct OutOfMemory: Error, CustomStringConvertible {
    /// What the allocator says.
    public let reason: String

    /// The same.
    public var description: String { reason }
}

/// What `Library.throwingOutOfMemory` computes was asked to stop.
public struct WorkStopped: Error, CustomStringConvertible {
    /// What happened.
    public var description: String { "the work was asked to stop" }
}

extension Library {
    /// Runs tensor work, and throws where memory runs out in it; outside, that traps.
    ///
    /// Operations have no way to throw of their own. From the one that found no memory on, all of
    /// the scope compute nothing and give stand-ins, tensors of eight axes of one element, so that
    /// `body` comes to its end; what it returns is dropped. Where it draws on numbers that it reads
    /// from tensors, by index or count, it asks `hasGivenUp` first. Passes side by side and the
    /// backward pass belong to the scope that they are called in. Scopes nest.
    ///
    /// - Parameters:
    ///   - stop: whether the work is to stop, in the middle of a pass too: asked twenty times a
    ///     second, on any thread of the work; from a yes on it is as if memory had run out.
    ///   - body: changes nothing that cannot be thrown away: an operation in place may or may not
    ///     have been done.
    /// - Returns: what `body` returns.
    /// - Throws: `OutOfMemory` or `WorkStopped`, else what `body` throws.
    public static func throwingOutOfMemory<Result>(
        stop: (@Sendable () -> Bool)? = nil, _ body: () throws -> Result
    ) throws -> Result {
        let question = stop.map(Question.init)
        return try withExtendedLifetime(question) {
            let context = question.map { Unmanaged.passUnretained($0).toOpaque() }
            let scope = ct_begin_work_scope(question == nil ? nil : Question.ask, context)
            let result = Swift.Result { try body() }
            // What was thrown amid stand-ins says nothing.
            switch ct_end_work_scope(scope) {
            case CT_OUT_OF_MEMORY: throw OutOfMemory(reason: lastError())
            case CT_STOPPED: throw WorkStopped()
            default: return try result.get()
            }
        }
    }

    /// Whether memory ran out in the scope that this thread works in, or it was asked to stop.
    package static var hasGivenUp: Bool { ct_has_given_up() }
}

/// A closure as C takes it.
private final class Question: Sendable {
    private let stop: @Sendable () -> Bool

    init(_ stop: @escaping @Sendable () -> Bool) { self.stop = stop }

    static let ask: @convention(c) (UnsafeMutableRawPointer?) -> Bool = { context in
        guard let context else { return false }
        return Unmanaged<Question>.fromOpaque(context).takeUnretainedValue().stop()
    }
}

extension Tensor {
    /// Whether no element is infinite or not a number.
    package var isFinite: Bool {
        var isFinite = true
        check(withHandle { ct_is_finite($0, &isFinite) }, "isFinite")
        return isFinite
    }
}
