import Foundation
import Torch

/// How the next token is chosen from the distribution of the policy.
public struct SamplingSettings: Sendable, Equatable {
    /// The logits are divided by it; 0 takes the most probable token (greedy).
    public var temperature: Double
    /// Only the k most probable tokens; 0 for all.
    public var topK: Int
    /// Only the fewest most probable tokens whose probabilities reach this sum; 1 for all.
    public var topP: Double
    /// Only tokens at least this share as probable as the most probable one; 0 for all.
    public var minP: Double

    /// Settings that sample from the whole distribution.
    public init(temperature: Double = 1, topK: Int = 0, topP: Double = 1, minP: Double = 0) {
        self.temperature = temperature
        self.topK = topK
        self.topP = topP
        self.minP = minP
    }

    /// The most probable token every time.
    public static let greedy = SamplingSettings(temperature: 0)

    /// Whether some tokens of the distribution are never taken.
    public var filters: Bool { topK > 0 || topP < 1 || minP > 0 }
}

/// One chosen token for each row.
struct SampledTokens {
    let tokens: [Int]
    /// log-probability under the distribution that was sampled from, filters included
    let logProbabilities: [Float]
    /// log-probability under the policy at this temperature, without the filters
    let policyLogProbabilities: [Float]
}

extension SamplingSettings {
    /// Chooses a token a row.
    ///
    /// - Parameters:
    ///   - logits: `[R, V]`
    ///   - uniforms: a number in [0, 1) a row, on which alone its choice depends.
    /// - Returns: a token a row, and its log-probabilities.
    func sample(_ logits: Tensor, uniforms: [Double]) -> SampledTokens {
        if !filters, temperature > 0, logits.device == .cpu, logits.dtype == .float32 {
            let (tokens, values) = logits.sampledTokens(
                temperature: temperature, uniforms: uniforms)
            return SampledTokens(
                tokens: tokens, logProbabilities: values, policyLogProbabilities: values)
        }
        let scores = logits.dtype == .float64 ? logits : logits.to(.float32)
        let policy = (temperature > 0 ? scores / temperature : scores).logSoftmax()
        let filtered = filters && temperature > 0 ? filter(policy) : policy
        let chosen =
            temperature > 0 ? Self.invert(filtered, at: uniforms) : policy.argmax()
        let places = chosen.reshaped([-1, 1])
        let policyValues = policy.gathered(places).floats
        return SampledTokens(
            tokens: chosen.integers,
            logProbabilities: filters ? filtered.gathered(places).floats : policyValues,
            policyLogProbabilities: policyValues)
    }

    /// The token at which each row's cumulative distribution passes its number.
    private static func invert(_ logProbabilities: Tensor, at uniforms: [Double]) -> Tensor {
        let cumulative = logProbabilities.exponential().cumulativeSum()
        let last = logProbabilities.shape[1] - 1
        let total = cumulative.narrowed(1, from: last, count: 1)
        let target = Tensor(uniforms, shape: [uniforms.count, 1]).to(device: total.device) * total
        return (cumulative .<= target).to(.int64).sum(1).minimum(
            Tensor([last]).to(device: total.device))
    }

    /// The log-probabilities `[R, V]` of the tokens that stay, renormalised; −∞ for the others.
    ///
    /// In the order of transformers: top-k, top-p, min-p; the most probable token always stays.
    private func filter(_ policy: Tensor) -> Tensor {
        let (sorted, order) = policy.sortedDescending()
        let width = policy.shape[1]
        var keep =
            Tensor.range(width, device: policy.device)
            .reshaped([1, width])
            .< Tensor([topK > 0 ? min(topK, width) : width], shape: [1, 1])
            .to(device: policy.device)
        keep = keep.expanded(policy.shape)
        let impossible = Tensor.full(
            -.infinity, shape: [1, 1], dtype: policy.dtype, device: policy.device)
        if topP < 1 {
            let probabilities = keep.select(sorted, else: impossible).softmax().to(.float64)
            let before = probabilities.cumulativeSum() - probabilities
            let bound = Tensor.full(topP, shape: [1, 1], dtype: .float64, device: policy.device)
            keep = keep .& (before .< bound)
        }
        if minP > 0 {
            let best = sorted.narrowed(1, from: 0, count: 1) + Foundation.log(minP)
            keep = keep .& (best .<= sorted)
        }
        let kept = keep.select(sorted, else: impossible).logSoftmax()
        // Back to the order of the vocabulary: the place of token v in the sorted row.
        let (_, places) = (-order).sortedDescending()
        return kept.gathered(places)
    }
}
