extension Configuration {
    /// The length of a run and what happens on the way.
    public struct Training: Sendable, Equatable {
        /// Steps: each samples, scores and updates.
        public var steps: Int
        /// The most tokens of one forward and backward pass.
        public var microBatchTokens = 16_384
        /// Steps between saved models; 0 for one at the end.
        public var saveEvery = 0
        /// Steps between checkpoints; 0 for those that are asked for by a signal alone.
        public var checkpointEvery = 0
        /// The newest checkpoints that stay, beside the best by evaluation.
        public var keepCheckpoints = 2
        /// Whether each block is computed again for its gradient.
        public var gradientCheckpointing = false
        /// The share of a step's completions that rewards may fail on; more end the run.
        public var maxFailureShare = 0.5
        /// So many optimizer steps in a row whose loss or gradient is not finite end the run.
        public var maxNonFiniteSteps = 3
        /// What becomes of the run where a model cannot be saved or a log line cannot be written.
        public var onSaveFailure = SaveFailurePolicy.continue
        /// Whether the largest pass is made once before the first step.
        public var memoryCheck = true

        /// A run of that many steps.
        public init(steps: Int) {
            self.steps = steps
        }

        init() { self.init(steps: 0) }
    }
}

extension Configuration.Training: ConfigurationSection {
    var fields: [ConfigurationField<Self>] {
        [
            ConfigurationField(
                "steps", \.steps, isRequired: true, allowed: .atLeast(1),
                "Steps of the run: each samples, scores and updates."),
            .microBatchTokens(\.microBatchTokens),
            .saveEvery(\.saveEvery),
            .checkpointEvery(\.checkpointEvery),
            .keepCheckpoints(\.keepCheckpoints),
            .gradientCheckpointing(\.gradientCheckpointing),
            ConfigurationField(
                "max_failure_share", \.maxFailureShare, allowed: .within(0...1),
                "Share of a step's completions that rewards may fail on; more end the run."),
            .maxNonFiniteSteps(\.maxNonFiniteSteps), .onSaveFailure(\.onSaveFailure),
            ConfigurationField(
                "memory_check", \.memoryCheck,
                "Makes the largest pass once before the first step, so that a run that does not "
                    + "fit fails at once."),
        ]
    }
}

extension ConfigurationField {
    static func microBatchTokens(_ path: WritableKeyPath<Section, Int>) -> Self {
        Self(
            "micro_batch_tokens", path, allowed: .atLeast(1),
            "Most tokens of one forward and backward pass: changes memory and speed, not the result."
        )
    }

    static func gradientCheckpointing(_ path: WritableKeyPath<Section, Bool>) -> Self {
        Self(
            "gradient_checkpointing", path,
            "Computes each block again for its gradient: less memory, more time, same result.")
    }

    static func checkpointEvery(_ path: WritableKeyPath<Section, Int>) -> Self {
        Self(
            "checkpoint_every", path, allowed: .atLeast(0),
            "Steps between checkpoints, from which grpo resume goes on; 0 for those on a signal "
                + "alone (SIGUSR1, SIGTERM, Ctrl-C).")
    }

    static func keepCheckpoints(_ path: WritableKeyPath<Section, Int>) -> Self {
        Self(
            "keep_checkpoints", path, allowed: .atLeast(1),
            "Newest checkpoints that stay; the best by evaluation stays as well.")
    }

    static func maxNonFiniteSteps(_ path: WritableKeyPath<Section, Int>) -> Self {
        Self(
            "max_nonfinite_steps", path, allowed: .atLeast(1),
            "So many optimizer steps in a row whose loss or gradient is not finite end the run; "
                + "none of them is made.")
    }

    static func onSaveFailure(_ path: WritableKeyPath<Section, SaveFailurePolicy>) -> Self {
        Self(
            "on_save_failure", path,
            "Where a model or a log line cannot be written: continue (and try again at the next "
                + "chance) or stop.")
    }

    static func saveEvery(_ path: WritableKeyPath<Section, Int>) -> Self {
        Self(
            "save_every", path, allowed: .atLeast(0),
            "Steps between saved models; 0 for one at the end.")
    }
}

/// Where tensors lie, by the name that it has in a configuration.
public enum DeviceChoice: Sendable, Equatable, CustomStringConvertible {
    /// The first CUDA device, else the CPU.
    case auto
    /// The CPU.
    case cpu
    /// A CUDA device, counted from 0.
    case cuda(Int)

    /// `auto`, `cpu` or `cuda:0`.
    public var description: String {
        switch self {
        case .auto: "auto"
        case .cpu: "cpu"
        case .cuda(let index): "cuda:\(index)"
        }
    }
}

extension DeviceChoice: ConfigurationValue {
    static var expected: String { "auto, cpu, cuda or cuda:N" }

    init(_ node: YAMLNode) throws(ConfigurationError) {
        guard case .scalar(let text, _) = node.content else {
            throw node.wrongValue(expected: Self.expected)
        }
        switch text {
        case "auto": self = .auto
        case "cpu": self = .cpu
        case "cuda": self = .cuda(0)
        default:
            guard text.hasPrefix("cuda:"), let index = UInt16(text.dropFirst(5)) else {
                throw node.wrongValue(expected: Self.expected)
            }
            self = .cuda(Int(index))
        }
    }

    var yaml: YAMLNode { .text(description) }
}

extension PromptTemplate: ConfigurationValue {
    static var expected: String { "a template" }

    init(_ node: YAMLNode) throws(ConfigurationError) {
        let text = try String(node)
        do {
            try self.init(text)
        } catch {
            throw node.error(.malformed("\(error)"))
        }
    }

    var yaml: YAMLNode { .text(text) }
}
