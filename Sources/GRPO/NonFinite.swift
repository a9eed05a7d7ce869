public import LanguageModels
import Torch

/// An optimizer step that was left out because its loss or its gradient was not finite.
public struct NonFiniteUpdate: Sendable, Equatable, Codable {
    /// What was not finite.
    public enum Cause: String, Sendable, Codable { case loss, gradient }

    /// The step of the run, from 1.
    public let step: Int
    /// The optimizer step within it, from 1.
    public let update: Int
    /// What was not finite.
    public let cause: Cause
    /// The completions that caused it: those whose part of the loss is not finite, or, where that is
    /// so of the gradient alone, those of the micro-batches that gave it. Requests are the groups.
    public let rows: [CompletionPlace]
}

/// So many optimizer steps in a row could not be made that the run has come to an end.
public struct NonFiniteTrainingError: Error, Equatable, CustomStringConvertible {
    /// How many.
    public let updates: Int

    /// What happened, and the next move.
    public var description: String {
        "the loss or the gradient was not finite in \(updates) optimizer steps in a row "
            + "(training.max_nonfinite_steps); none of them was made, and the model is as before "
            + "the first. faults.jsonl names the completions. Lower optimizer.learning_rate, or "
            + "start from a model whose weights are finite."
    }
}

/// What a pass gives beside its gradient.
struct PassNumbers {
    let measured: [(key: UpdateMetrics.Number, value: Double)]
    /// The completions of the batch.
    let rows: [CompletionPlace]
    /// Those of them whose part of the loss is not finite.
    let nonFinite: [CompletionPlace]
}

extension Safeguards {
    /// Throws where the last optimizer steps in a row were as many as may fail.
    func checkFinite() throws(NonFiniteTrainingError) {
        guard state.nonFiniteInARow >= maxNonFiniteSteps else { return }
        throw NonFiniteTrainingError(updates: state.nonFiniteInARow)
    }

    /// Counts an optimizer step that was made, or left out.
    func count(isSkipped: Bool) {
        state.nonFiniteInARow = isSkipped ? state.nonFiniteInARow + 1 : 0
    }
}

extension UpdateMetrics {
    /// Ends an optimizer step, which was made if its loss and its gradient were finite.
    ///
    /// - Parameters:
    ///   - norm: of the gradient, before clipping.
    ///   - passes: what its micro-batches gave.
    ///   - step: of the run, from 0.
    ///   - safeguards: count it.
    ///   - culprits: finds what it was not made for.
    /// - Returns: what the objective's coefficients are steered by; nothing where it was not made.
    mutating func endUpdate(
        _ norm: Double, _ passes: [PassNumbers], step: Int, _ safeguards: Safeguards,
        culprits: () -> (cause: NonFiniteUpdate.Cause, rows: [CompletionPlace])
    ) -> ObjectiveState.Measured {
        let isSkipped = !norm.isFinite || !passes.areFinite
        safeguards.count(isSkipped: isSkipped)
        let measured = endUpdate(gradientNorm: norm, isSkipped: isSkipped)
        guard isSkipped else { return measured }
        let (cause, rows) = culprits()
        nonFinite.append(
            NonFiniteUpdate(step: step + 1, update: updateCount, cause: cause, rows: rows))
        return ObjectiveState.Measured()
    }
}

extension GradientPasses {
    /// The completions behind a loss or gradient that is not finite.
    ///
    /// Whose gradient it is cannot be told from the sum, so each batch is computed once more, alone.
    func culprits<Batch, Result>(
        of made: UpdatePasses<Batch, Result>, _ numbers: [PassNumbers]
    ) -> (cause: NonFiniteUpdate.Cause, rows: [CompletionPlace]) {
        var rows: [CompletionPlace] = []
        for row in numbers.flatMap(\.nonFinite) where !rows.contains(row) { rows.append(row) }
        guard rows.isEmpty else { return (.loss, rows) }
        let isFinite = try? Library.throwingOutOfMemory {
            made.batches.enumerated().map { index, batch in
                made.pass(index, batch).loss.gradients(of: parameters).allSatisfy {
                    $0?.isFinite ?? true
                }
            }
        }
        let found = zip(numbers, isFinite ?? []).filter { !$1 }.flatMap(\.0.rows)
        // Only the sum is not finite, or there was no memory to tell.
        return (.gradient, found.isEmpty ? numbers.flatMap(\.rows) : found)
    }
}

extension LossTerms {
    /// The numbers of a pass, and the completions whose part of the loss is not finite.
    ///
    /// - Parameters:
    ///   - batch: of the pass.
    ///   - now: what the policy says of its tokens.
    ///   - ratio: of the objective.
    ///   - valueLosses: what a value network's loss is the mean of, `[C]`.
    /// - Returns: both, without tensors.
    func passNumbers(
        _ batch: Batch, _ now: TokenStatistics, ratio: Ratio, valueLosses: Tensor? = nil
    ) -> PassNumbers {
        let measured = measured(batch, now, ratio: ratio)
        let terms: [UpdateMetrics.Number] = [.surrogateLoss, .divergenceLoss, .entropyLoss]
        let isFinite =
            measured.allSatisfy { !terms.contains($0.key) || $0.value.isFinite }
            && (valueLosses?.isFinite ?? true)
        return PassNumbers(
            measured: measured, rows: batch.places,
            nonFinite: isFinite ? [] : nonFiniteRows(of: batch, now, valueLosses))
    }

    private func nonFiniteRows(
        of batch: Batch, _ now: TokenStatistics, _ valueLosses: Tensor?
    ) -> [CompletionPlace] {
        withoutGradients {
            var tokens = now.logProbabilities + masks.keeping(surrogate.losses) * batch.weights
            if let valueLosses { tokens = tokens + valueLosses }
            if let divergence { tokens = tokens + divergence * batch.weights }
            if entropyLoss != nil { tokens = tokens + now.entropies }
            let sums = batch.rows.sums(tokens).doubles
            let rows = zip(batch.places, sums).filter { !$1.isFinite }.map(\.0)
            return rows.isEmpty ? batch.places : rows
        }
    }
}

extension [TrainingGroup] {
    /// The same, each completion with its place.
    var numbered: [TrainingGroup] {
        enumerated().map { request, group in
            var group = group
            for sample in group.sequences.indices {
                group.sequences[sample].place = CompletionPlace(request: request, sample: sample)
            }
            return group
        }
    }
}
