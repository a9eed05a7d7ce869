/// Which system's way of whitening is taken.
enum WhiteningChoice: String, ConfigurationChoice {
    case trl, verl

    init(_ whitening: Whitening) { self = whitening == .trl ? .trl : .verl }

    var whitening: Whitening {
        switch self {
        case .trl: .trl
        case .verl: .verl
        }
    }
}

extension Deviation: ConfigurationChoice {}

extension AdvantageEstimator: ConfigurationVariant {
    enum Kind: String, ConfigurationChoice {
        case mean
        case meanAndDeviation = "mean_std"
        case meanAndBatchDeviation = "mean_batch_std"
        case leaveOneOut = "leave_one_out"
        case reinforcePlusPlus = "reinforce_plus_plus"
        case reinforcePlusPlusBaseline = "reinforce_plus_plus_baseline"
        case decoupledRewards = "gdpo"
        case passAtK = "pass_at_k"
        case maximumLikelihood = "maxrl"
        case lengthWeightedMean = "opo"
        case reward
    }

    init(kind: Kind) {
        self =
            switch kind {
            case .mean: .groupMean
            case .meanAndDeviation: .groupMeanAndDeviation(epsilon: 1e-4)
            case .meanAndBatchDeviation: .groupMeanAndBatchDeviation(epsilon: 1e-4)
            case .leaveOneOut: .leaveOneOut
            case .reinforcePlusPlus: .reinforcePlusPlus()
            case .reinforcePlusPlusBaseline: .reinforcePlusPlusBaseline()
            case .decoupledRewards: .decoupledRewards()
            case .passAtK: .passAtK()
            case .maximumLikelihood: .maximumLikelihood()
            case .lengthWeightedMean: .lengthWeightedMean
            case .reward: .reward
            }
    }

    var kind: Kind {
        switch self {
        case .groupMean: .mean
        case .groupMeanAndDeviation: .meanAndDeviation
        case .groupMeanAndBatchDeviation: .meanAndBatchDeviation
        case .leaveOneOut: .leaveOneOut
        case .reinforcePlusPlus: .reinforcePlusPlus
        case .reinforcePlusPlusBaseline: .reinforcePlusPlusBaseline
        case .decoupledRewards: .decoupledRewards
        case .passAtK: .passAtK
        case .maximumLikelihood: .maximumLikelihood
        case .lengthWeightedMean: .lengthWeightedMean
        case .reward: .reward
        }
    }

    var numbers: [ConfigurationField<Self>] {
        switch self {
        case .groupMeanAndDeviation(let epsilon, let deviation):
            [
                Self.epsilon(epsilon) { .groupMeanAndDeviation(epsilon: $0, deviation: deviation) },
                ConfigurationField(
                    "deviation", deviation, "Divisor n - 1 or n.",
                    with: { .groupMeanAndDeviation(epsilon: epsilon, deviation: $0) }),
            ]
        case .groupMeanAndBatchDeviation(let epsilon):
            [Self.epsilon(epsilon) { .groupMeanAndBatchDeviation(epsilon: $0) }]
        case .reinforcePlusPlus(let whitening):
            [Self.whitening(whitening) { .reinforcePlusPlus($0) }]
        case .reinforcePlusPlusBaseline(let whitening):
            [Self.whitening(whitening) { .reinforcePlusPlusBaseline($0) }]
        case .decoupledRewards(let epsilon, let whitening):
            [
                Self.epsilon(epsilon) { .decoupledRewards(epsilon: $0, whitening) },
                Self.whitening(whitening) { .decoupledRewards(epsilon: epsilon, $0) },
            ]
        case .passAtK(let epsilon):
            [
                ConfigurationField(
                    "epsilon", epsilon, allowed: .ifPresent(.atLeast(0)),
                    "Divides by the deviation plus this; null for no division.",
                    with: { .passAtK(epsilon: $0) })
            ]
        case .maximumLikelihood(let epsilon):
            [Self.epsilon(epsilon) { .maximumLikelihood(epsilon: $0) }]
        case .groupMean, .leaveOneOut, .lengthWeightedMean, .reward: []
        }
    }

    private static func epsilon(
        _ value: Double, _ make: @escaping (Double) -> Self
    ) -> ConfigurationField<Self> {
        ConfigurationField(
            "epsilon", value, allowed: .atLeast(0), "Added to the divisor.", with: make)
    }

    private static func whitening(
        _ value: Whitening, _ make: @escaping (Whitening) -> Self
    ) -> ConfigurationField<Self> {
        ConfigurationField(
            "whitening", WhiteningChoice(value),
            "As TRL does it, over completions, or as verl does, over tokens.",
            with: { make($0.whitening) })
    }
}
