import Torch

/// What the update of the value network gave in one step, beside `UpdateMetrics`.
struct ValueMetrics: Sendable, Codable {
    /// The mean value of the states at sampling.
    let mean: Double
    /// The share of the returns' variance that the values at sampling explain.
    let explainedVariance: Double
    /// k1, the mean of log π_old − log π_ref at sampling; `nil` without a reference.
    let divergence: Double?
    /// The norm of the gradient of the network's own weights before clipping, of the last pass.
    var gradientNorm = 0.0
    /// The mean of the tokens' losses, of the last pass.
    private(set) var loss = 0.0
    private var tokens = 0.0
    private var clipped = 0.0
    private var lastPass = 0

    init(_ experience: Experience) {
        let values = experience.values.flatMap(\.self)
        mean = Distribution(values).mean
        divergence = experience.meanDivergence
        explainedVariance = GRPO.explainedVariance(
            returns: experience.estimates.flatMap(\.returns), values: values)
    }

    /// The share of tokens, over all passes, whose value had moved too far to go on.
    var clippedShare: Double { clipped / max(tokens, 1) }

    /// Adds one micro-batch, `part` of the mean; its numbers are read back in one go.
    mutating func add(_ losses: ValueLosses, loss part: Tensor, pass: Int) {
        let clipped = losses.isClipped ?? losses.loss .< losses.loss
        let numbers = Tensor.concatenate(
            [part, clipped.to(.float32).sum()].map {
                $0.detached().to(.float64).reshaped([1])
            }
        ).doubles
        if pass != lastPass { (loss, lastPass) = (0, pass) }
        loss += numbers[0]
        tokens += Double(losses.loss.count)
        self.clipped += numbers[1]
    }
}

extension StepMetrics {
    /// Logs the numbers of the value network after the others.
    mutating func log(_ value: ValueMetrics) {
        log("value_loss", value.loss)
        log("value/mean", value.mean)
        log("value/explained_variance", value.explainedVariance)
        log("value/clip_ratio", value.clippedShare)
        log("value/grad_norm", value.gradientNorm)
        if let divergence = value.divergence { log("kl/k1", divergence) }
    }
}
