import Foundation

/// The learning rate of each step: a linear warm-up, then one of three shapes.
public struct LearningRateSchedule: Sendable, Equatable {
    /// What follows the warm-up.
    public enum Shape: String, Sendable, CaseIterable {
        /// The peak to the end.
        case constant
        /// A straight line to 0.
        case linear
        /// Half a cosine to 0.
        case cosine
    }

    /// The largest learning rate.
    public var peak: Double
    /// What follows the warm-up.
    public var shape: Shape
    /// The steps over which the rate rises from `peak / warmUpSteps`.
    public var warmUpSteps: Int
    /// The steps of the whole run.
    public var totalSteps: Int

    /// A schedule over a run of `totalSteps`.
    public init(peak: Double, shape: Shape, warmUpSteps: Int, totalSteps: Int) {
        self.peak = peak
        self.shape = shape
        self.warmUpSteps = warmUpSteps
        self.totalSteps = totalSteps
    }

    /// The learning rate of a step, counted from 0.
    public func rate(at step: Int) -> Double {
        if step < warmUpSteps { return peak * Double(step + 1) / Double(warmUpSteps) }
        let rest = max(totalSteps - warmUpSteps, 1)
        let progress = min(Double(step - warmUpSteps) / Double(rest), 1)
        switch shape {
        case .constant: return peak
        case .linear: return peak * (1 - progress)
        case .cosine: return peak * 0.5 * (1 + cos(.pi * progress))
        }
    }
}

extension Float {
    /// This number to a power, in float32 as torch computes it.
    func raised(to exponent: Float) -> Float { powf(self, exponent) }
}
