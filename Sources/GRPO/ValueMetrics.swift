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

    /// Adds one micro-batch.
    mutating func add(_ numbers: ValuePassNumbers, pass: Int) {
        if pass != lastPass { (loss, lastPass) = (0, pass) }
        loss += numbers.loss
        tokens += numbers.tokens
        clipped += numbers.clipped
    }
}

/// What one micro-batch gives of the value network.
struct ValuePassNumbers {
    /// Its part of the mean of the tokens' losses.
    let loss: Double
    let tokens: Double
    /// The tokens whose value had moved too far to go on.
    let clipped: Double

    /// The numbers of a micro-batch, `part` of the mean, read back in one go.
    init(_ losses: ValueLosses, loss part: Tensor) {
        let isClipped = losses.isClipped ?? losses.loss .< losses.loss
        let numbers = Tensor.concatenate(
            [part, isClipped.to(.float32).sum()].map {
                $0.detached().to(.float64).reshaped([1])
            }
        ).doubles
        loss = numbers[0]
        tokens = Double(losses.loss.count)
        // Stand-ins for what there was no memory for are one number.
        clipped = numbers.last ?? 0
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
