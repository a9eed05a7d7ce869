import LanguageModels
import Torch

/// What the policy update of one step gave, added up over its passes and micro-batches.
///
/// Means are over the completion tokens that were trained on, and over all passes.
struct UpdateMetrics {
    /// Groups in which some completion was better than another.
    let informativeGroups: Int
    var gradientNorm = 0.0
    var skippedUpdates = 0
    /// The loss that was minimised, of the last pass.
    private(set) var loss = 0.0
    /// Its clipped surrogate alone, of the last pass.
    private(set) var surrogate = 0.0
    private(set) var maximumRatio = 0.0
    /// The largest |log π − log π_old| in the first pass, before any update: the same policy, so
    /// rounding and nothing else.
    private(set) var drift = 0.0
    private var tokens = 0.0
    private var entropy = 0.0
    private var divergence: Double?
    private var clippedLow = 0.0
    private var clippedHigh = 0.0
    private var lastPass = 0

    init(informativeGroups: Int) { self.informativeGroups = informativeGroups }

    var meanEntropy: Double { entropy / max(tokens, 1) }
    var meanDivergence: Double? { divergence.map { $0 / max(tokens, 1) } }
    var clippedLowShare: Double { clippedLow / max(tokens, 1) }
    var clippedHighShare: Double { clippedHigh / max(tokens, 1) }

    func informativeShare(of groups: Int) -> Double {
        Double(informativeGroups) / Double(max(groups, 1))
    }

    /// Adds one micro-batch; its numbers are read back in one go.
    mutating func add(
        _ losses: TokenLosses, _ batch: Batch, _ now: TokenStatistics, objective: PolicyObjective,
        pass: Int
    ) {
        let numbers = withoutGradients {
            let zero = batch.advantages.zerosLike()
            let low = losses.ratio .< zero + (1 - objective.clipLow)
            let high = (zero + (1 + objective.clipHigh)) .< losses.ratio
            let change = (now.logProbabilities - batch.oldLogProbabilities).absolute()
            return Tensor.concatenate(
                [
                    (losses.loss * batch.weights).sum(), (losses.surrogate * batch.weights).sum(),
                    now.entropies.sum(), (low .& (batch.advantages .< zero)).to(.float32).sum(),
                    (high .& (zero .< batch.advantages)).to(.float32).sum(),
                    losses.ratio.maximum(0), change.maximum(0),
                    (losses.divergence ?? zero).sum(),
                ].map { $0.detached().to(.float64).reshaped([1]) }
            ).doubles
        }
        if pass != lastPass { (loss, surrogate, lastPass) = (0, 0, pass) }
        loss += numbers[0]
        surrogate += numbers[1]
        tokens += Double(batch.advantages.count)
        entropy += numbers[2]
        clippedLow += numbers[3]
        clippedHigh += numbers[4]
        maximumRatio = max(maximumRatio, numbers[5])
        if pass == 0 { drift = max(drift, numbers[6]) }
        if losses.divergence != nil { divergence = (divergence ?? 0) + numbers[7] }
    }
}
