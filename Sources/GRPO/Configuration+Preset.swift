/// A published choice of settings, from which a configuration says its differences.
public enum Preset: String, Sendable, CaseIterable {
    /// The article "Understanding GRPO": the group's mean, nothing else.
    case article
    /// DeepSeekMath (Shao et al. 2024, arXiv 2402.03300, section 4.2).
    case deepseekmath
    /// DAPO (Yu et al. 2025, arXiv 2503.14476, section 4.1).
    case dapo
    /// Dr. GRPO (Liu et al. 2025, arXiv 2503.20783).
    case drGRPO = "dr-grpo"
    /// GSPO (Zheng et al. 2025, arXiv 2507.18071, section 5.1).
    case gspo
    /// RLOO (Ahmadian et al. 2024, arXiv 2402.14740).
    case rloo
    /// The defaults of TRL 1.16's GRPO trainer.
    case trl = "trl-1.16"
    /// The defaults of verl's GRPO example.
    case verl
}

extension Preset: ConfigurationChoice {}

extension Preset {
    /// What it sets, as a configuration says it.
    var yaml: String {
        switch self {
        case .article:
            """
            objective: {advantage: mean, ratio: token, trust_region: clip, aggregation: token_mean}
            """
        case .deepseekmath:
            """
            objective:
              advantage: {kind: mean_std, epsilon: 0}
              trust_region: {kind: clip, low: 0.2, high: 0.2}
              aggregation: sequence_mean
              kl: {coefficient: 0.04, estimator: k3, place: loss}
            rollout: {group_size: 64}
            """
        case .dapo:
            """
            objective:
              advantage: {kind: mean_std, epsilon: 0}
              trust_region: {kind: clip, low: 0.2, high: 0.28}
              aggregation: token_mean
              truncated: {kind: penalize, buffer: 64}
            rollout: {group_size: 16, filter: signal, reserve: 48}
            """
        case .drGRPO:
            """
            objective:
              advantage: mean
              trust_region: {kind: clip, low: 0.2, high: 0.2}
              aggregation: constant_length
            """
        case .gspo:
            """
            objective:
              advantage: {kind: mean_std, epsilon: 0}
              ratio: sequence
              trust_region: {kind: clip, low: 3e-4, high: 4e-4}
              aggregation: sequence_mean
              mini_batches: 4
            """
        case .rloo:
            """
            objective:
              advantage: leave_one_out
              ratio: none
              trust_region: none
              aggregation: sequence_sum
              kl: {coefficient: 0.05, estimator: k1, place: reward}
            """
        case .trl:
            """
            objective:
              advantage: {kind: mean_std, epsilon: 1e-4}
              trust_region: {kind: clip, low: 0.2, high: 0.2}
              aggregation: token_mean
            rollout: {group_size: 8, max_new_tokens: 512}
            optimizer: {learning_rate: 1e-6, schedule: linear, max_gradient_norm: 1.0}
            """
        case .verl:
            """
            objective:
              advantage: {kind: mean_std, epsilon: 1e-6}
              trust_region: {kind: dual_clip, low: 0.2, high: 0.2, bound: 3}
              aggregation: token_mean
              counts_empty: false
            optimizer: {learning_rate: 1e-6, schedule: constant, weight_decay: 0.01}
            """
        }
    }

    /// What it is, in a line.
    public var meaning: String {
        switch self {
        case .article: "the group's mean as the baseline (the article \"Understanding GRPO\")"
        case .deepseekmath: "DeepSeekMath (Shao et al. 2024)"
        case .dapo: "DAPO (Yu et al. 2025)"
        case .drGRPO: "Dr. GRPO (Liu et al. 2025)"
        case .gspo: "GSPO (Zheng et al. 2025)"
        case .rloo: "RLOO (Ahmadian et al. 2024)"
        case .trl: "the defaults of TRL 1.16"
        case .verl: "the defaults of verl's GRPO"
        }
    }
}
