import LanguageModels
import Torch

extension LanguageModel {
    /// Makes the largest pass of a run once, so that a run that does not fit fails before it begins.
    ///
    /// Samples two tokens of every completion of a step, with a cache of the full length, then goes
    /// forward and back through one micro-batch of the longest prompts and completions. Nothing is
    /// updated: the gradients are forgotten. It costs less than the first step.
    ///
    /// - Parameters:
    ///   - plan: of the run.
    ///   - settings: how the run samples.
    ///   - value: the value network of PPO.
    func rehearse(_ plan: MemoryPlan, settings: GenerationSettings, value: ValueNetwork? = nil) {
        let work = plan.workload
        let prompt = [Int](repeating: 0, count: max(work.promptLength, 1))
        rehearseSampling(prompt, work, settings)
        guard work.isTraining else { return }
        let sequence = TrainingSequence(
            tokens: [Int](repeating: 0, count: work.completionLength),
            oldLogProbabilities: [Double](repeating: 0, count: work.completionLength),
            advantage: 1)
        let group = TrainingGroup(
            prompt: prompt, sequences: Array(repeating: sequence, count: work.groupSize))
        let groups = Array(repeating: group, count: work.groupsPerUpdate ?? work.groups)
        let largest = microBatches(groups, tokenBudget: work.microBatchTokens).first ?? []
        let batch = Batch(largest, device: decoder.device, dtype: .float32)
        let statistics = batch.statistics(
            of: self, temperature: settings.sampling.temperature)
        var loss = (statistics.logProbabilities * statistics.entropies).sum()
        if let value { loss = loss + value.values(batch.packed).sum() }
        loss.backward()
        for parameter in decoder.trainableParameters + (value?.parameters ?? []) {
            parameter.value.clearGradient()
        }
    }

    private func rehearseSampling(
        _ prompt: [Int], _ work: MemoryPlan.Workload, _ settings: GenerationSettings
    ) {
        var settings = settings
        settings.maxNewTokens = min(2, work.completionLength)
        settings.cacheCapacity = work.completionLength
        let request = GenerationRequest(
            prompt: prompt, streams: (0..<work.groupSize).map { RandomStream(0, UInt64($0)) })
        _ = generate(Array(repeating: request, count: work.groups), settings: settings)
    }
}
