import Torch

/// `Batch` with what the losses of PPO need of each completion token besides.
struct PPOBatch {
    let batch: Batch
    /// What the value before each token should have been, `[C]`
    let returns: Tensor
    /// The value before each token at sampling, `[C]`
    let oldValues: Tensor
    /// log π_ref, `[C]`
    let references: Tensor?
}

extension Experience {
    /// The micro-batches of the step; their losses add up to its loss, whatever the budget.
    func batches(tokenBudget: Int, aggregation: Aggregation, device: Device) -> [PPOBatch] {
        let weight = aggregation.weight(tokens: tokenCount, sequences: sequences.count)
        var start = 0
        return microBatches(groups, tokenBudget: tokenBudget).map { part in
            let places = start..<start + part.reduce(0) { $0 + $1.sequences.count }
            start = places.upperBound
            let tensor = { (numbers: [[Double]]) in
                Tensor(numbers.flatMap(\.self)).to(.float32, device: device)
            }
            let estimates = estimates[places]
            return PPOBatch(
                batch: Batch(
                    Batch(part, device: device, dtype: .float32, weight: weight),
                    advantages: tensor(estimates.map(\.advantages))),
                returns: tensor(estimates.map(\.returns)),
                oldValues: tensor(Array(values[places])),
                references: references.map { tensor(Array($0[places])) })
        }
    }
}

extension Batch {
    /// The same tokens with advantages of their own, `[C]`.
    init(_ batch: Batch, advantages: Tensor) {
        packed = batch.packed
        oldLogProbabilities = batch.oldLogProbabilities
        self.advantages = advantages
        weights = batch.weights
    }
}
