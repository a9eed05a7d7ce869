extension Comparison {
    /// What is trained, each from the same warm start on the same prompts.
    package enum Algorithm: String, Sendable, Codable, CaseIterable, CodingKeyRepresentable {
        /// The group's mean as the baseline.
        case grpo
        /// A value network that is a decoder of its own.
        case ppoSeparate = "ppo-separate"
        /// A value head on the policy's trunk.
        case ppoShared = "ppo-shared"
        /// The mean of the other completions of the group as the baseline.
        case rloo
        /// No baseline.
        case reinforce

        /// As tables and legends name it.
        package var name: String {
            switch self {
            case .grpo: "GRPO"
            case .ppoSeparate: "PPO, own network"
            case .ppoShared: "PPO, shared trunk"
            case .rloo: "RLOO"
            case .reinforce: "REINFORCE"
            }
        }
    }

    /// What every algorithm may spend.
    package enum Budget: String, Sendable, Codable, CaseIterable, CodingKeyRepresentable {
        /// Generated tokens.
        case tokens
        /// Wall time of the training, without the evaluations.
        case seconds

        /// As a sentence names it.
        package var name: String {
            switch self {
            case .tokens: "generated tokens"
            case .seconds: "seconds"
            }
        }
    }

    /// What is subtracted from a reward, or the advantage estimate that takes its place.
    package enum Baseline: String, Sendable, Codable, CaseIterable, CodingKeyRepresentable {
        case groupMean = "group-mean"
        case leaveOneOut = "leave-one-out"
        case valueSeparate = "value-separate"
        case valueShared = "value-shared"
        case none

        /// As tables name it.
        package var name: String {
            switch self {
            case .groupMean: "group mean (GRPO)"
            case .leaveOneOut: "leave-one-out (RLOO)"
            case .valueSeparate: "value network (PPO)"
            case .valueShared: "value head (PPO)"
            case .none: "none (REINFORCE)"
            }
        }
    }

    /// A part of a training step, in the order in which reports list them.
    package enum Stage: String, Sendable, Codable, CaseIterable, CodingKeyRepresentable {
        case sampling
        case scoring
        /// The reference's log-probabilities.
        case reference
        /// The value network's estimates.
        case values
        /// The policy's forward and backward passes and its optimizer.
        case training
        /// The value network's forward and backward passes and its optimizer.
        case valueTraining = "value-training"
        case other

        /// As legends name it.
        package var name: String {
            self == .valueTraining ? "value training" : rawValue
        }
    }

    /// What holds memory, in the order in which reports list it.
    package enum MemoryPart: String, Sendable, Codable, CaseIterable, CodingKeyRepresentable {
        /// The policy's (and the reference's) weights.
        case weights
        case gradients
        case optimizer
        case activations
        /// The value network's weights, gradients, optimizer state and activations together.
        case valueNetwork = "value-network"

        /// As legends name it.
        package var name: String { self == .valueNetwork ? "value network" : rawValue }
    }
}
