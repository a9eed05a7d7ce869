import LanguageModels

extension MemoryPlan {
    /// What to change where the run does not fit.
    ///
    /// Tells the first setting that is enough alone, in the order of what it costs: a smaller
    /// micro-batch changes no number, fewer prompts a step change the training.
    ///
    /// - Parameter available: the bytes that the run may take.
    /// - Returns: the next move; `nil` where the run fits.
    public func advice(available: Int) -> String? {
        guard peak > available else { return nil }
        if let tokens = halved(
            workload.microBatchTokens, from: smallestMicroBatch, available,
            {
                $0.microBatchTokens = $1
            })
        {
            return "Set training.micro_batch_tokens to \(tokens): the result stays the same."
        }
        if let groups = halved(
            workload.groups, from: 1, available,
            {
                ($0.groups, $0.microBatchTokens) = ($1, smallestMicroBatch)
            })
        {
            return "Set rollout.prompts_per_step to \(groups) and training.micro_batch_tokens to "
                + "\(smallestMicroBatch)."
        }
        if let length = halved(
            workload.completionLength, from: 1, available,
            {
                ($0.completionLength, $0.groups) = ($1, 1)
            })
        {
            return "Set rollout.prompts_per_step to 1 and rollout.max_new_tokens to \(length)."
        }
        return resident.bytes > available
            ? "The weights and the optimizer alone do not fit. Use a smaller model."
            : "No batch is small enough. Use a smaller model."
    }

    /// One prompt and one completion: smaller micro-batches take no less.
    private var smallestMicroBatch: Int { workload.promptLength + workload.completionLength }

    /// The first of `value / 2`, `value / 4`, … with which the run fits.
    private func halved(
        _ value: Int, from least: Int, _ available: Int, _ set: (inout Workload, Int) -> Void
    ) -> Int? {
        var value = value / 2
        while value >= least, value > 0 {
            if changing({ set(&$0, value) }).peak <= available { return value }
            value /= 2
        }
        return nil
    }
}
