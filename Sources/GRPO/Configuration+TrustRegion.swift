extension Ratio: ConfigurationChoice {}

extension TrustRegion: ConfigurationVariant {
    enum Kind: String, ConfigurationChoice {
        case clip
        case dualClip = "dual_clip"
        case cispo
        case cispoBounds = "cispo_bounds"
        case sapo, vespo
        case totalVariation = "dppo_tv"
        case binaryDivergence = "dppo_kl"
        case none
    }

    init(kind: Kind) {
        self =
            switch kind {
            case .clip: .clip(low: 0.2, high: 0.2)
            case .dualClip: .boundedClip(low: 0.2, high: 0.2, bound: 3)
            case .cispo: .cappedWeight(cap: 5)
            case .cispoBounds: .clippedWeight(low: 0.2, high: 0.2)
            case .sapo: .softGate()
            case .vespo: .gammaWeight()
            case .totalVariation: .totalVariation(low: 0.2, high: 0.2)
            case .binaryDivergence: .binaryDivergence(low: 0.05, high: 0.05)
            case .none: .none
            }
    }

    var kind: Kind {
        switch self {
        case .clip: .clip
        case .boundedClip: .dualClip
        case .cappedWeight: .cispo
        case .clippedWeight: .cispoBounds
        case .softGate: .sapo
        case .gammaWeight: .vespo
        case .totalVariation: .totalVariation
        case .binaryDivergence: .binaryDivergence
        case .none: .none
        }
    }

    var numbers: [ConfigurationField<Self>] {
        switch self {
        case .clip(let low, let high):
            Self.bounds(low, high) { .clip(low: $0, high: $1) }
        case .boundedClip(let low, let high, let bound):
            Self.bounds(low, high) { .boundedClip(low: $0, high: $1, bound: bound) } + [
                ConfigurationField(
                    "bound", bound, "Largest ratio where the advantage is negative (TRL: delta).",
                    with: { .boundedClip(low: low, high: high, bound: $0) })
            ]
        case .cappedWeight(let cap): [Self.cap(cap) { .cappedWeight(cap: $0) }]
        case .clippedWeight(let low, let high):
            Self.bounds(low, high) { .clippedWeight(low: $0, high: $1) }
        case .softGate(let positive, let negative): Self.temperatures(positive, negative)
        case .gammaWeight(let positive, let negative): Self.shapes(positive, negative)
        case .totalVariation(let low, let high, let cap):
            Self.bounds(low, high) { .totalVariation(low: $0, high: $1, cap: cap) }
                + [Self.cap(cap) { .totalVariation(low: low, high: high, cap: $0) }]
        case .binaryDivergence(let low, let high, let cap):
            Self.bounds(low, high) { .binaryDivergence(low: $0, high: $1, cap: cap) }
                + [Self.cap(cap) { .binaryDivergence(low: low, high: high, cap: $0) }]
        case .none: []
        }
    }

    private static func bounds(
        _ low: Double, _ high: Double, _ make: @escaping (Double, Double) -> Self
    ) -> [ConfigurationField<Self>] {
        [
            ConfigurationField(
                "low", low, allowed: .atLeast(0), "How far down (TRL: epsilon).",
                with: { make($0, high) }),
            ConfigurationField(
                "high", high, allowed: .atLeast(0), "How far up (TRL: epsilon_high).",
                with: { make(low, $0) }),
        ]
    }

    private static func cap(
        _ cap: Double, _ make: @escaping (Double) -> Self
    ) -> ConfigurationField<Self> {
        ConfigurationField(
            "cap", cap, allowed: .atLeast(1), "Largest weight: a ratio, not a distance from 1.",
            with: make)
    }

    private static func temperatures(
        _ positive: Double, _ negative: Double
    ) -> [ConfigurationField<Self>] {
        [
            ConfigurationField(
                "positive_temperature", positive, allowed: .above(0),
                "Where the advantage is positive.",
                with: { .softGate(positiveTemperature: $0, negativeTemperature: negative) }),
            ConfigurationField(
                "negative_temperature", negative, allowed: .above(0),
                "Where it is negative.",
                with: { .softGate(positiveTemperature: positive, negativeTemperature: $0) }),
        ]
    }

    private static func shapes(
        _ positive: GammaShape, _ negative: GammaShape
    ) -> [ConfigurationField<Self>] {
        func field(
            _ key: String, _ value: Double, _ meaning: String,
            _ make: @escaping (Double) -> (GammaShape, GammaShape)
        ) -> ConfigurationField<Self> {
            ConfigurationField(key, value, allowed: .atLeast(0), meaning) { number in
                let (positive, negative) = make(number)
                return .gammaWeight(positive: positive, negative: negative)
            }
        }
        return [
            field("positive_power", positive.power, "k where the advantage is not negative.") {
                (GammaShape(power: $0, rate: positive.rate), negative)
            },
            field("positive_rate", positive.rate, "λ there.") {
                (GammaShape(power: positive.power, rate: $0), negative)
            },
            field("negative_power", negative.power, "k where it is negative.") {
                (positive, GammaShape(power: $0, rate: negative.rate))
            },
            field("negative_rate", negative.rate, "λ there.") {
                (positive, GammaShape(power: negative.power, rate: $0))
            },
        ]
    }
}
