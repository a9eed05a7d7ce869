public import LanguageModels
public import Torch

/// The memory that a run needs at its peak, from the shape of the decoder and the settings alone.
///
/// For the worst case: every prompt the longest, every completion of the full length. A count of
/// the tensors that live at once, not a fit; `Benchmarks/memory` compares it with what is measured.
public struct MemoryPlan: Sendable, Equatable {
    /// What the run does, as far as memory goes.
    public struct Workload: Sendable, Equatable {
        /// P, the tokens of the longest prompt.
        public var promptLength: Int
        /// C, the most tokens of a completion.
        public var completionLength: Int
        /// Groups that are sampled at once.
        public var groups = 16
        /// The most completions that are sampled at the same time; 0 for all.
        public var concurrentCompletions = 0
        /// G, completions a prompt.
        public var groupSize = 8
        /// Groups of an optimizer step; `nil` for all.
        public var groupsPerUpdate: Int?
        /// The most tokens of one forward and backward pass.
        public var microBatchTokens = 16_384
        /// Micro-batches that are computed at the same time, each by a worker that sums gradients of
        /// its own.
        public var microBatchesSideBySide = 1
        /// Whether top-k, top-p or min-p sort the distribution.
        public var filters = false
        /// Whether the policy is trained; without, there is no gradient and no optimizer.
        public var isTraining = true

        /// A workload with the usual choices.
        public init(promptLength: Int, completionLength: Int) {
            self.promptLength = promptLength
            self.completionLength = completionLength
        }
    }

    /// The networks of the run.
    public struct Networks: Sendable, Equatable {
        /// All weights of the policy.
        public var parameterCount: Int
        /// The weights that gradients and moments are kept of; `nil` for all.
        public var trainableParameterCount: Int?
        /// The type of the policy's weights and activations.
        public var dtype = DType.float32
        /// The type of what is trained, and of its gradients and moments; `nil` for `dtype`.
        public var trainableDType: DType?
        /// Whether a reference model is loaded beside the policy.
        public var hasReference = false
        /// The weights of a value network that are trained.
        public var valueParameterCount = 0
        /// Whether the value network is a decoder of its own, with activations like the policy's.
        public var hasValueDecoder = false
        /// Whether the activations of a block are computed again in the backward pass: then only
        /// its input is kept.
        public var checkpointsActivations = false
        /// Whether our own kernels compute, which keep less than libtorch's operations.
        public var usesKernels = false
        /// Rows of the output layer that are used; `nil` for all.
        public var outputRows: Int?
        /// What the allocator holds besides, as a share of the tensors that come and go.
        public var allocatorShare = 0.0
        /// What the process takes besides: on the CPU the program and libtorch.
        public var program = 0

        /// A policy alone.
        public init(parameterCount: Int) { self.parameterCount = parameterCount }
    }

    /// Something that takes memory.
    public struct Part: Sendable, Equatable, Codable {
        /// What it is, for a person to read.
        public let name: String
        /// Its size.
        public let bytes: Int
    }

    /// The shape of the policy.
    public let shape: DecoderConfiguration
    /// The networks that the plan is for.
    public let networks: Networks
    /// The work that the plan is for.
    public let workload: Workload
    /// What is there all the time.
    public let resident: [Part]
    /// What sampling takes at its peak, beside that.
    public let sampling: [Part]
    /// What a forward and backward pass takes at its peak, beside `resident`; none without training.
    public let training: [Part]

    /// The plan of a run.
    public init(_ shape: DecoderConfiguration, _ networks: Networks, _ workload: Workload) {
        self.shape = shape
        self.networks = networks
        self.workload = workload
        let sizes = MemorySizes(shape, networks, workload)
        resident = sizes.resident
        sampling = sizes.sampling
        training = workload.isTraining ? sizes.training : []
    }

    /// Bytes at the peak.
    public var peak: Int {
        resident.bytes + max(sampling.bytes, training.bytes)
    }

    /// Whether the peak is in training.
    public var peaksInTraining: Bool { training.bytes > sampling.bytes }

    /// The same plan for other work.
    public func changing(_ change: (inout Workload) -> Void) -> MemoryPlan {
        var changed = workload
        change(&changed)
        return MemoryPlan(shape, networks, changed)
    }
}

extension [MemoryPlan.Part] {
    /// Bytes of all parts.
    public var bytes: Int { reduce(0) { $0 + $1.bytes } }
}
