import LanguageModels
import NeuralNetwork
import Torch

/// The types that a model can be saved in.
public enum SaveType: String, Sendable, CaseIterable {
    case float32, bfloat16, float16
}

extension SaveType: ConfigurationChoice {}

/// What is there before a run begins.
struct MemorySurroundings {
    /// The code and buffers of libtorch that come into memory with the first pass, in bytes: a run
    /// of a model of two megabytes takes that much more than its tensors and the program did.
    private static let kernels = 24_000_000

    /// What the process takes, kernels included; 0 for another device than the CPU.
    let program: Int
    /// What the run may take, `program` included.
    let available: Int?

    init(_ device: Device) {
        let taken = device == .cpu ? ProcessMemory.resident ?? 0 : 0
        program = taken > 0 ? taken + Self.kernels : 0
        available = device.availableMemory.map { $0 + taken }
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
        let networks = memoryNetworks(model: model, value: value, program: program)
        var workload = MemoryPlan.Workload(
            promptLength: prompts.map(\.tokens.count).max() ?? 1,
            completionLength: rollout.maxNewTokens)
        workload.groups = rollout.promptsPerStep
        workload.groupSize = rollout.groupSize
        workload.concurrentCompletions = rollout.concurrentCompletions
        workload.groupsPerUpdate =
            (rollout.promptsPerStep + max(objective.miniBatches, 1) - 1)
            / max(objective.miniBatches, 1)
        workload.microBatchTokens = training.microBatchTokens
        workload.microBatchesSideBySide = value == nil ? model.decoder.passesSideBySide : 1
        workload.filters = rollout.generation.sampling.filters
        return MemoryPlan(model.decoder.configuration, networks, workload)
    }

    private func memoryNetworks(
        model: LanguageModel, value: ValueNetwork?, program: Int
    ) -> MemoryPlan.Networks {
        let decoder = model.decoder
        let count = { (parameters: [Parameter]) in parameters.reduce(0) { $0 + $1.value.count } }
        var networks = MemoryPlan.Networks(parameterCount: count(decoder.parameters))
        networks.dtype = decoder.dtype
        if let adapter = decoder.adapter {
            networks.trainableParameterCount = count(adapter.parameters)
            networks.trainableDType = adapter.parameters.first?.value.dtype
        }
        // The frozen weights under an adapter are the reference, unless another is given.
        networks.hasReference =
            objective.kl.coefficient != 0 && (decoder.adapter == nil || reference != nil)
        networks.valueParameterCount = count(value?.parameters ?? [])
        networks.hasValueDecoder = value?.form == .separate
        networks.checkpointsActivations = decoder.recomputesBlocks
        networks.outputRows = model.outputWeight.shape[0]
        networks.usesKernels = decoder.device == .cpu && decoder.dtype == .float32
        // Measured with glibc by Benchmarks/memory: its heaps keep part of what is freed.
        networks.allocatorShare = decoder.device == .cpu ? 0.15 : 0
        networks.program = program
        return networks
    }
}
