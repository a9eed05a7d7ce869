import NeuralNetwork
import Torch

// What is done behind the passes of an optimizer step: all that takes memory comes before the first
// change, so that where there is none the last step stays whole.
extension Safeguards {
    /// The norm of each optimizer's gradients.
    ///
    /// - Throws: `UpdateMemoryError`; no gradient is left then.
    func gradientNorms(of optimizers: [AdamW]) throws -> [Double] {
        do {
            return try .inMemory(for: "the norm of the gradients was computed") {
                Failpoint.work("optimizer")
                return optimizers.map { $0.gradientNorm() }
            }
        } catch {
            for optimizer in optimizers { optimizer.clearGradients() }
            throw error
        }
    }

    /// Clips the gradients, updates the parameters and forgets the gradients.
    ///
    /// A gradient that is not finite would spoil every weight: then there is no update, and none
    /// where the loss is not finite.
    ///
    /// - Parameters:
    ///   - optimizer: holds parameters and gradients.
    ///   - maximum: the norm that gradients are clipped to.
    ///   - rate: the learning rate.
    ///   - isFinite: whether the loss is.
    /// - Returns: the norm of the gradients before clipping.
    /// - Throws: `UpdateMemoryError`; nothing has been changed then.
    func update(
        _ optimizer: AdamW, toNorm maximum: Double, rate: Double, if isFinite: Bool
    ) throws -> Double {
        let span = Profile.begin(.optimizer)
        defer { span.end() }
        let norm = try gradientNorms(of: [optimizer])[0]
        optimizer.clipGradients(ofNorm: norm, toNorm: maximum)
        if norm.isFinite, isFinite { optimizer.step(learningRate: rate) }
        optimizer.clearGradients()
        return norm
    }
}

extension Array {
    /// Computes what an update needs.
    ///
    /// - Throws: `UpdateMemoryError` where memory runs out.
    static func inMemory(for work: String, _ body: () throws -> [Element]) throws -> [Element] {
        do { return try Library.throwingOutOfMemory(body) } catch let error as OutOfMemory {
            throw UpdateMemoryError(work: work, reason: error.reason)
        }
    }
}

/// Memory ran out behind the passes of an optimizer step, which smaller passes do not help.
public struct UpdateMemoryError: Error, Equatable, CustomStringConvertible {
    let work: String
    let reason: String

    /// Where it ran out, what there is of the step, and the next move.
    public var description: String {
        "out of memory while \(work). \(reason) What was made before it is whole. Train an adapter "
            + "(lora.rank), take a smaller model, or raise the limit on this process's memory."
    }
}
