/// How a reward's weight changes over the run.
public struct WeightRamp: Sendable, Equatable {
    /// The shape of the way.
    public enum Shape: String, Sendable, CaseIterable {
        /// Evenly.
        case linear
        /// Half a cosine, flat at both ends.
        case cosine
    }

    /// The weight at the end; it begins with the reward's own.
    public var to = 0.0
    /// The step at which it begins to change.
    public var start = 0
    /// The steps over which it changes.
    public var steps = 1
    /// The shape of the way.
    public var shape = Shape.linear

    /// A ramp.
    public init(to: Double, start: Int = 0, steps: Int, shape: Shape = .linear) {
        (self.to, self.start, self.steps, self.shape) = (to, start, steps, shape)
    }

    init() {}
}

extension WeightRamp.Shape: ConfigurationChoice {}

extension WeightRamp: ConfigurationSection {
    var fields: [ConfigurationField<Self>] {
        [
            ConfigurationField("to", \.to, "Weight at the end."),
            ConfigurationField(
                "start", \.start, allowed: .atLeast(0), "Step at which it begins to change."),
            ConfigurationField(
                "steps", \.steps, allowed: .atLeast(1), "Steps over which it changes."),
            ConfigurationField("shape", \.shape, "Shape of the way."),
        ]
    }
}

extension RewardConfiguration {
    /// The weight over the steps; `nil` where it stays.
    var weightSchedule: WeightSchedule? {
        ramp.map { ramp in
            switch ramp.shape {
            case .linear:
                .linear(from: weight, to: ramp.to, start: ramp.start, steps: ramp.steps)
            case .cosine:
                .cosine(from: weight, to: ramp.to, start: ramp.start, steps: ramp.steps)
            }
        }
    }
}
