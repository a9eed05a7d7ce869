import LanguageModels
import Torch

extension LanguageModel {
    /// Makes the largest pass of a run once, so that a run that does not fit fails before it begins.
    ///
    /// Samples two tokens of every completion of a step, with a cache of the full length, then goes
    /// forward and back through two micro-batches a worker, of the longest prompts and completions.
    /// Nothing is updated: the gradients are forgotten. It costs less than the first step.
    ///
    /// - Parameters:
    ///   - plan: of the run.
    ///   - settings: how the run samples.
    ///   - value: the value network of PPO.
    ///   - safeguards: lower what does not fit.
    /// - Throws: `TrainingMemoryError`, and `StepInterrupted`.
    func rehearse(
        _ plan: MemoryPlan, settings: GenerationSettings, value: ValueNetwork? = nil,
        safeguards: Safeguards
    ) throws {
        let work = plan.workload
        let prompt = [Int](repeating: 0, count: max(work.promptLength, 1))
        try safeguards.stop.check()
        try safeguards.sampling(rows: work.groups * work.groupSize) { concurrent in
            var settings = settings
            settings.concurrentCompletions = concurrent
            rehearseSampling(prompt, work, settings, safeguards.stop)
        }
        guard work.isTraining else { return }
        let sequence = TrainingSequence(
            tokens: [Int](repeating: 0, count: work.completionLength),
            oldLogProbabilities: [Double](repeating: 0, count: work.completionLength),
            advantage: 1)
        let group = TrainingGroup(
            prompt: prompt, sequences: Array(repeating: sequence, count: work.groupSize))
        let groups = Array(repeating: group, count: work.groupsPerUpdate ?? work.groups)
        let parameters = decoder.trainableParameters + (value?.parameters ?? [])
        let clear = { for parameter in parameters { parameter.value.clearGradient() } }
        let passes = GradientPasses(decoder, width: work.microBatchesSideBySide)
        let tokens = groups.reduce(0) { $0 + $1.tokenCount }
        defer { clear() }
        try safeguards.inMicroBatches(of: (tokens + passes.width - 1) / passes.width) { budget in
            clear()
            let batches =
                value == nil
                ? microBatches(groups, tokenBudget: budget, sideBySide: passes.width)
                : microBatches(groups, tokenBudget: budget)
            // The second pass of a worker meets the gradients of its first.
            _ = try passes.run(
                Array(batches.prefix(2 * passes.width)), stop: safeguards.stop
            ) { _, groups in
                let batch = Batch(groups, device: decoder.device, dtype: .float32)
                let statistics = batch.statistics(
                    of: self, temperature: settings.sampling.temperature)
                let loss = (statistics.logProbabilities * statistics.entropies).sum()
                guard let value else { return (loss, ()) }
                return (loss + value.values(batch.packed).sum(), ())
            }
        }
    }

    private func rehearseSampling(
        _ prompt: [Int], _ work: MemoryPlan.Workload, _ settings: GenerationSettings,
        _ stop: StopRequest
    ) {
        var settings = settings
        settings.maxNewTokens = min(2, work.completionLength)
        settings.cacheCapacity = work.completionLength
        let request = GenerationRequest(
            prompt: prompt, streams: (0..<work.groupSize).map { RandomStream(0, UInt64($0)) })
        _ = generate(Array(repeating: request, count: work.groups), settings: settings) { _ in
            !stop.isRequested
        }
    }
}
