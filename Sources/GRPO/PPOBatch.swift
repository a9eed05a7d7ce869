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
    ///
    /// None is left out: a completion whose advantages are all 0 still has values to learn.
    func batches(tokenBudget: Int, objective: PolicyObjective, device: Device) -> [PPOBatch] {
        let span = Profile.begin(.batches)
        defer { span.end() }
        let weighed = objective.aggregation.weigh(
            groups, countsEmpty: objective.countsEmptyCompletions)
        let parts = objective.aggregation.weigh(
            microBatches: microBatches(weighed, tokenBudget: tokenBudget))
        var start = 0
        return parts.map { part in
            let places = start..<start + part.reduce(0) { $0 + $1.sequences.count }
            start = places.upperBound
            let tensor = { (numbers: [[Double]]) in
                Tensor(numbers.flatMap(\.self)).to(.float32, device: device)
            }
            return PPOBatch(
                batch: Batch(part, device: device, dtype: .float32),
                returns: tensor(estimates[places].map(\.returns)),
                oldValues: tensor(Array(values[places])),
                references: references.map { tensor(Array($0[places])) })
        }
    }
}
