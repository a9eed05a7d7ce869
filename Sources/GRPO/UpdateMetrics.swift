import LanguageModels
import NeuralNetwork
import Torch

/// What the policy update of one step gave, added up over its passes, mini- and micro-batches.
///
/// Shares and means are over the completion tokens that were trained on, and over all passes.
struct UpdateMetrics: Sendable, Codable {
    /// A number that each micro-batch gives.
    enum Number: String, CaseIterable, Codable, CodingKeyRepresentable {
        /// Terms of the loss.
        case surrogateLoss, divergenceLoss, entropyLoss
        /// Sums over tokens.
        case tokens, entropy, selectedTokens, selectedEntropy, divergence, droppedTokens
        /// Sums over what has a ratio: tokens, or completions where the ratio is theirs.
        case ratios, cutLow, cutHigh, cutBound
        /// Sums over completions.
        case completions, gamma
        /// Extremes over completions of a completion's share of cut tokens.
        case leastCutLow, mostCutHigh
        /// Extremes over tokens.
        case largestRatio, drift
    }

    /// Groups in which some completion was better than another.
    let informativeGroups: Int
    private(set) var skippedUpdates = 0
    /// What was left out, and why.
    var nonFinite: [NonFiniteUpdate] = []
    /// Forward and backward passes so far.
    private(set) var passCount = 0
    /// Optimizer steps so far, also those that were skipped.
    private(set) var updateCount = 0
    private var gradientNorms = 0.0
    /// Over all optimizer steps, and of the one that is being made.
    private var totals: [Number: Double] = [:]
    private var current: [Number: Double] = [:]

    init(informativeGroups: Int) { self.informativeGroups = informativeGroups }

    /// Adds one micro-batch.
    mutating func add(_ measured: [(key: Number, value: Double)]) {
        passCount += 1
        for (number, value) in measured {
            // The drift is that before any update: the same policy, so rounding and nothing else.
            if number == .drift, updateCount > 0 { continue }
            number.combine(value, into: &totals)
            number.combine(value, into: &current)
        }
    }

    /// Ends an optimizer step.
    ///
    /// - Parameters:
    ///   - gradientNorm: before clipping.
    ///   - isSkipped: whether the parameters were left as they are.
    /// - Returns: what the objective's coefficients are steered by.
    mutating func endUpdate(gradientNorm: Double, isSkipped: Bool) -> ObjectiveState.Measured {
        updateCount += 1
        gradientNorms += gradientNorm
        if isSkipped { skippedUpdates += 1 }
        defer { current = [:] }
        return ObjectiveState.Measured(
            divergence: Self.ratio(.divergence, to: .tokens, of: current),
            entropy: Self.ratio(.selectedEntropy, to: .selectedTokens, of: current))
    }

    /// The norm of the gradient before clipping, mean over optimizer steps.
    var gradientNorm: Double { gradientNorms / Double(max(updateCount, 1)) }

    /// A term of the loss, mean over optimizer steps; `nil` where the objective does not have it.
    func loss(_ term: Number) -> Double? { totals[term].map { $0 / Double(max(updateCount, 1)) } }

    /// A number over another; `nil` where it was not measured.
    func share(_ number: Number, of whole: Number) -> Double? {
        Self.ratio(number, to: whole, of: totals)
    }

    /// An extreme; `nil` where it was not measured.
    func extreme(_ number: Number) -> Double? { totals[number] }

    func informativeShare(of groups: Int) -> Double {
        Double(informativeGroups) / Double(max(groups, 1))
    }

    private static func ratio(
        _ number: Number, to whole: Number, of values: [Number: Double]
    ) -> Double? {
        values[number].map { $0 / max(values[whole] ?? 0, 1) }
    }
}

extension UpdateMetrics.Number {
    fileprivate func combine(_ value: Double, into totals: inout [Self: Double]) {
        guard let before = totals[self] else {
            totals[self] = value
            return
        }
        switch self {
        case .leastCutLow: totals[self] = min(before, value)
        case .mostCutHigh, .largestRatio, .drift: totals[self] = max(before, value)
        default: totals[self] = before + value
        }
    }
}

extension LossTerms {
    /// The numbers of a micro-batch, read back in one go.
    func measured(
        _ batch: Batch, _ now: TokenStatistics, ratio: Ratio
    ) -> [(key: UpdateMetrics.Number, value: Double)] {
        let span = Profile.begin(.measuring)
        defer { span.end() }
        return withoutGradients {
            let numbers = numbers(batch, entropies: now.entropies, ratio: ratio)
            let values = Tensor.concatenate(
                numbers.map { $0.value.detached().to(.float64).reshaped([1]) }
            ).doubles
            return Array(zip(numbers.map(\.key), values))
        }
    }

    /// The numbers of a micro-batch, each of one element.
    fileprivate func numbers(
        _ batch: Batch, entropies: Tensor, ratio: Ratio
    ) -> [(key: UpdateMetrics.Number, value: Tensor)] {
        let ones = entropies.zerosLike() + 1
        let selected = masks.selecting(ones)
        let values: [(UpdateMetrics.Number, Tensor?)] = [
            (.surrogateLoss, surrogateLoss), (.divergenceLoss, divergenceLoss),
            (.entropyLoss, entropyLoss), (.tokens, ones.sum()), (.entropy, entropies.sum()),
            (.selectedTokens, selected.sum()), (.selectedEntropy, (selected * entropies).sum()),
            (.divergence, divergence?.sum()),
            (.droppedTokens, masks.isDropped?.asNumbers(like: ones).sum()),
            (.completions, ones.scalar(Double(batch.rows.lengths.count))),
            (.gamma, surrogate.gamma.map { batch.rows.means($0).sum() }),
            (.largestRatio, surrogate.ratio.maximum(0)), (.drift, logRatio.absolute().maximum(0)),
        ]
        return values.compactMap { number, value in value.map { (number, $0) } }
            + cutNumbers(batch, ratio: ratio, ones: ones)
    }

    /// How much was cut: a ratio of completions is counted once each, as in TRL.
    private func cutNumbers(
        _ batch: Batch, ratio: Ratio, ones: Tensor
    ) -> [(key: UpdateMetrics.Number, value: Tensor)] {
        let rows = batch.rows
        let weights =
            ratio == .sequence ? rows.spread((rows.counts.zerosLike() + 1) / rows.counts) : ones
        let (low, high, bound) = (
            surrogate.cutLow?.asNumbers(like: ones), surrogate.cutHigh?.asNumbers(like: ones),
            surrogate.cutBound?.asNumbers(like: ones)
        )
        let values: [(UpdateMetrics.Number, Tensor?)] = [
            (.ratios, weights.sum()), (.cutLow, low.map { ($0 * weights).sum() }),
            (.cutHigh, high.map { ($0 * weights).sum() }),
            (.cutBound, bound.map { ($0 * weights).sum() }),
            (.leastCutLow, low.map { -(-rows.means($0)).maximum(0) }),
            (.mostCutHigh, high.map { rows.means($0).maximum(0) }),
        ]
        return values.compactMap { number, value in value.map { (number, $0) } }
    }
}
