import LanguageModels
import Torch

/// The types that a model can be saved in.
public enum SaveType: String, Sendable, CaseIterable {
    case float32, bfloat16, float16
}

extension SaveType: ConfigurationChoice {}

/// What is there before a run begins.
struct MemorySurroundings {
    /// What the process takes; 0 for another device than the CPU.
    let program: Int
    /// What the run may take, `program` included.
    let available: Int?

    init(_ device: Device) {
        let program = device == .cpu ? ProcessMemory.resident ?? 0 : 0
        self.program = program
        available = device.availableMemory.map { $0 + program }
    }
}

extension Configuration {
    /// The memory that a run with these settings needs.
    ///
    /// - Parameters:
    ///   - model: the policy.
    ///   - value: the value network of PPO.
    ///   - prompts: the training data, whose longest prompt counts.
    ///   - program: what the process took before it loaded a model, in bytes.
    /// - Returns: the plan for the longest prompt and completions of the full length.
    func memoryPlan(
        model: LanguageModel, value: ValueNetwork?, prompts: [Prompt], program: Int
    ) -> MemoryPlan {
        var networks = MemoryPlan.Networks(
            parameterCount: model.decoder.parameters.reduce(0) { $0 + $1.value.count })
        networks.dtype = model.decoder.dtype
        networks.hasReference = objective.kl.coefficient != 0
        networks.valueParameterCount = value?.parameters.reduce(0) { $0 + $1.value.count } ?? 0
        networks.outputRows = model.outputWeight.shape[0]
        networks.program = program
        var workload = MemoryPlan.Workload(
            promptLength: prompts.map(\.tokens.count).max() ?? 1,
            completionLength: rollout.maxNewTokens)
        workload.groups = rollout.promptsPerStep
        workload.groupSize = rollout.groupSize
        workload.groupsPerUpdate =
            (rollout.promptsPerStep + max(objective.miniBatches, 1) - 1)
            / max(objective.miniBatches, 1)
        workload.microBatchTokens = training.microBatchTokens
        workload.filters = rollout.generation.sampling.filters
        return MemoryPlan(model.decoder.configuration, networks, workload)
    }
}
