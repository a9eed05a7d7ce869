/// Why a run cannot be trained.
public enum TrainerError: Error, Equatable, CustomStringConvertible {
    case groupTooSmall(Int)
    case noCompletion
    case noReward
    case noPrompt
    case noReference
    case noValueNetwork
    case adapterCannotMoveReference
    case objective(ObjectiveError)
    case greedySampling
    case emptyPrompt(place: Int)
    case unknownToken(place: Int, token: Int, vocabulary: Int)
    case promptTooLong(place: Int, tokens: Int, maxNewTokens: Int, context: Int)

    /// What was found, and the next move.
    public var description: String {
        switch self {
        case .groupTooSmall(let size):
            "group size \(size): a group needs at least 2 completions, or there is nothing to "
                + "compare with and every advantage is 0. 8 is usual."
        case .noCompletion: "group size 0: every prompt needs at least one completion."
        case .noReward: "rewards: none were given. GRPO needs at least one to learn from."
        case .noPrompt: "prompts: none were given."
        case .noReference:
            "the objective has a divergence, but there is no reference model. Give one, or leave "
                + "the divergence out (kl: 0)."
        case .noValueNetwork:
            "PPO needs a value network. Give one, such as ValueNetwork(.separate, of: model)."
        case .adapterCannotMoveReference:
            "the reference is to follow the policy (reference_update), but only an adapter is "
                + "trained, whose mean with another is not that of the models. Keep it frozen."
        case .objective(let error): error.description
        case .greedySampling:
            "temperature 0: the completions of a group would all be the same. "
                + "Use a temperature above 0; 1 is usual."
        case .emptyPrompt(let place):
            "prompt \(place + 1): it has no tokens. Every prompt needs at least one."
        case .unknownToken(let place, let token, let vocabulary):
            "prompt \(place + 1): its token \(token) has no row in the model, which knows "
                + "\(vocabulary) (vocab_size in config.json). Leave that text out."
        case .promptTooLong(let place, let tokens, let maxNewTokens, let context):
            "prompt \(place + 1): \(tokens) tokens and up to \(maxNewTokens) new ones are more "
                + "than the model's context of \(context). Shorten the prompt, or lower "
                + "rollout.max_new_tokens."
        }
    }
}
