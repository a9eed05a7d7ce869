/// Generalized advantage estimation, GAE(γ, λ): how much better each token was than the value
/// network expected (Schulman et al. 2016, "High-Dimensional Continuous Control Using Generalized
/// Advantage Estimation", equations 11 and 16).
///
/// A state is the prompt and the completion so far, an action is the next token. With rewards r and
/// values V of the states before each token, and V = 0 after the last:
///
///     δₜ = rₜ + γ Vₜ₊₁ − Vₜ        Âₜ = δₜ + γ λ Âₜ₊₁
///
/// The group's mean takes the place of all this in GRPO.
public struct GeneralizedAdvantageEstimator: Sendable, Equatable {
    /// γ: what a reward is worth one token earlier. 1 is usual, as completions end.
    public var discount: Double
    /// λ: 1 trusts the rewards alone (no bias), 0 the next value alone (little variance).
    public var decay: Double
    /// How the advantages of all completion tokens of a step are brought to mean 0 and deviation 1,
    /// each token counting once; `nil` to leave them as they are.
    public var whitening: Whitening?

    /// An estimator; by default with TRL's numbers.
    public init(discount: Double = 1, decay: Double = 0.95, whitening: Whitening? = .verl) {
        self.discount = discount
        self.decay = decay
        self.whitening = whitening
    }

    /// The advantages and returns of every token of a step.
    ///
    /// - Parameters:
    ///   - rewards: completion after completion, one number a token.
    ///   - values: of the state before each token, in the same shape.
    /// - Returns: one estimate a completion; advantages are whitened over all of them, returns never
    ///   are.
    public func estimates(rewards: [[Double]], values: [[Double]]) -> [TokenAdvantages] {
        let estimates = zip(rewards, values).map(estimate)
        guard let whitening else { return estimates }
        let whitened = whitening.whitened(
            estimates.map(\.advantages), lengths: estimates.map { $0.advantages.map { _ in 1 } })
        return zip(estimates, whitened).map { estimate, advantages in
            TokenAdvantages(advantages: advantages, returns: estimate.returns)
        }
    }

    /// The estimate for one completion.
    ///
    /// - Parameters:
    ///   - rewards: one a token.
    ///   - values: of the state before each token.
    /// - Returns: its tokens' advantages, not whitened, and returns.
    public func estimate(rewards: [Double], values: [Double]) -> TokenAdvantages {
        var advantages = [Double](repeating: 0, count: values.count)
        var (nextValue, nextAdvantage) = (0.0, 0.0)
        for token in values.indices.reversed() {
            let error = rewards[token] + discount * nextValue - values[token]
            advantages[token] = error + discount * decay * nextAdvantage
            (nextValue, nextAdvantage) = (values[token], advantages[token])
        }
        return TokenAdvantages(
            advantages: advantages, returns: zip(advantages, values).map { $0 + $1 })
    }
}

/// What generalized advantage estimation says of the tokens of one completion.
public struct TokenAdvantages: Sendable, Equatable, Codable {
    /// How much better each token was than expected.
    public var advantages: [Double]
    /// What the value before each token should have been: its value plus its advantage before
    /// whitening.
    public var returns: [Double]
}

/// The share of the returns' variance that the values explain: `1 − Var(R − V) / Var(R)`.
///
/// 1 where the values are right, 0 where a constant would do as well, less where they mislead;
/// 0 where the returns are all the same.
func explainedVariance(returns: [Double], values: [Double]) -> Double {
    let total = Distribution(returns).deviation
    guard total > 0 else { return 0 }
    let rest = Distribution(zip(returns, values).map { $0 - $1 }).deviation
    return 1 - (rest * rest) / (total * total)
}
