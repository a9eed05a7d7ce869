import Torch

/// Makes models and optimizers: work that is profiled as loading.
///
/// - Throws: `LoadingMemoryError` where memory runs out, else what `body` throws.
func loading<Result>(_ body: () throws -> Result) throws -> Result {
    try Profile.span(.loading) {
        Failpoint.work("loading")
        do { return try Library.throwingOutOfMemory(body) } catch let error as OutOfMemory {
            throw LoadingMemoryError(reason: error.reason)
        }
    }
}

/// There is no memory for the networks and their optimizer, before any step.
public struct LoadingMemoryError: Error, Equatable, CustomStringConvertible {
    /// What the allocator says.
    public let reason: String

    /// What was asked for, and the next move.
    public var description: String {
        "out of memory while the model was loaded and its optimizer made. \(reason) Take a smaller "
            + "model, train an adapter (lora.rank), or raise the limit on this process's memory."
    }
}
