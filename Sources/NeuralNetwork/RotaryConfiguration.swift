/// Which angle a position adds to each pair of channels of a head.
public struct RotaryConfiguration: Sendable, Equatable {
    /// The base θ of the frequencies `θ^(−2i / D)`.
    public var base = 10_000.0
    /// The share of a head's channels that is rotated, `partial_rotary_factor`: the first ones.
    public var rotatedShare = 1.0
    /// How the frequencies are changed for sequences longer than those of the first training.
    public var scaling = Scaling.none

    /// Frequencies of a base, changed by a rule.
    public init(base: Double = 10_000, rotatedShare: Double = 1, scaling: Scaling = .none) {
        self.base = base
        self.rotatedShare = rotatedShare
        self.scaling = scaling
    }

    /// The rules for long sequences, `rope_type` in `config.json`.
    public enum Scaling: Sendable, Equatable {
        /// Frequencies as they are.
        case none
        /// All frequencies divided by a factor (Chen et al. 2023, "position interpolation").
        case linear(factor: Double)
        /// A base that grows with the sequence beyond the context ("dynamic NTK").
        case dynamic(factor: Double, contextLength: Int)
        /// Low frequencies divided, high ones kept (Llama 3.1).
        case llama3(Llama3)
        /// Low frequencies divided, high ones kept, and sharper attention (Peng et al. 2023).
        case yarn(YaRN)
        /// A divisor for each frequency, of two lists (Ding et al. 2024, "LongRoPE").
        case longRoPE(LongRoPE)
    }

    /// Wavelengths below `originalLength / highFactor` are kept, those above
    /// `originalLength / lowFactor` divided by `factor`, those between mixed.
    public struct Llama3: Sendable, Equatable {
        /// The divisor, the bounds, and the length that the wavelengths are compared with.
        public var factor, lowFactor, highFactor, originalLength: Double

        /// The rule with these numbers.
        public init(
            factor: Double, lowFactor: Double, highFactor: Double, originalLength: Double
        ) {
            self.factor = factor
            self.lowFactor = lowFactor
            self.highFactor = highFactor
            self.originalLength = originalLength
        }
    }

    /// Channels that turn more than `fastRotations` times in the original length are kept, those
    /// that turn less than `slowRotations` times divided by `factor`, those between mixed.
    public struct YaRN: Sendable, Equatable {
        /// The divisor, the length, and the rotations in it.
        public var factor, originalLength, fastRotations, slowRotations: Double
        /// Whether the bounds between the kinds of channels are whole numbers.
        public var roundsBounds: Bool
        /// The factor on both cosine and sine.
        public var magnitude: Double

        /// The rule with these numbers.
        public init(
            factor: Double, originalLength: Double, fastRotations: Double = 32,
            slowRotations: Double = 1, roundsBounds: Bool = true, magnitude: Double
        ) {
            self.factor = factor
            self.originalLength = originalLength
            self.fastRotations = fastRotations
            self.slowRotations = slowRotations
            self.roundsBounds = roundsBounds
            self.magnitude = magnitude
        }
    }

    /// Each frequency divided by its own factor: of `short` in sequences of at most
    /// `originalLength` tokens, of `long` in longer ones.
    public struct LongRoPE: Sendable, Equatable {
        /// One for each pair of rotated channels.
        public var short, long: [Double]
        /// The longest sequence whose frequencies are divided by `short`.
        public var originalLength: Double
        /// The factor on both cosine and sine.
        public var magnitude: Double

        /// The rule with these numbers.
        public init(short: [Double], long: [Double], originalLength: Double, magnitude: Double) {
            self.short = short
            self.long = long
            self.originalLength = originalLength
            self.magnitude = magnitude
        }
    }

    /// The channels of a head of width D that are rotated.
    public func rotatedWidth(headWidth: Int) -> Int { Int(Double(headWidth) * rotatedShare) }
}
