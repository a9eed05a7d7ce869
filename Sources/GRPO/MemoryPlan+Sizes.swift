import LanguageModels
import Torch

/// The sizes of the tensors that live at once; letters as everywhere, see the glossary.
///
/// In floating point, so that a shape that nobody could ever run gives a large number and no trap.
struct MemorySizes {
    private let networks: MemoryPlan.Networks
    private let workload: MemoryPlan.Workload
    /// E, F, H · D, K · D, V, layers
    private let hidden, inner, queries, keys, vocabulary, layers: Double
    private let heads: Double
    /// Bytes of an element of the activations.
    private let width: Double
    /// Bytes of an element of what is trained.
    private let trainedWidth: Double
    private let prompt, completion: Double

    init(
        _ shape: DecoderConfiguration, _ networks: MemoryPlan.Networks,
        _ workload: MemoryPlan.Workload
    ) {
        self.networks = networks
        self.workload = workload
        hidden = Double(shape.hiddenSize)
        inner = Double(shape.feedForwardSize)
        heads = Double(shape.headCount)
        queries = heads * Double(shape.headWidth)
        keys = Double(shape.keyValueHeadCount) * Double(shape.headWidth)
        vocabulary = Double(networks.outputRows ?? shape.vocabularySize)
        layers = Double(shape.layerCount)
        width = Double(networks.dtype.byteCount)
        trainedWidth = Double((networks.trainableDType ?? networks.dtype).byteCount)
        prompt = Double(workload.promptLength)
        completion = Double(workload.completionLength)
    }

    var resident: [MemoryPlan.Part] {
        let weights = Double(networks.parameterCount) * width
        // A frozen type is the adapted model's alone.
        let reference = Double(networks.parameterCount) * trainedWidth
        let separate = networks.trainableParameterCount != nil
        let trained = Double(networks.trainableParameterCount ?? networks.parameterCount)
        let value = Double(networks.valueParameterCount) * trainedWidth
        let moments = workload.isTraining ? 2 * (trained * trainedWidth + value) : 0
        return parts([
            ("program", Double(networks.program)), ("weights", weights),
            ("trained weights", separate ? trained * trainedWidth : 0),
            ("reference model", networks.hasReference ? reference : 0), ("value network", value),
            ("optimizer", moments),
        ])
    }

    // MARK: Sampling

    /// N groups and R rows at once.
    var sampling: [MemoryPlan.Part] {
        let groups = Double(workload.groups)
        let all = groups * Double(workload.groupSize)
        let limit = Double(max(workload.concurrentCompletions, workload.groupSize))
        let rows = workload.concurrentCompletions > 0 ? min(all, limit) : all
        let cache = 2 * layers * keys * (groups * prompt + rows * completion) * width
        // Our kernel reads the logits (4 bytes) where they lie. Else the row's probabilities in
        // order: logits and log-probabilities (4), the sums (8), and the comparison with the random
        // number (1 + 8). Filters sort them and their places too.
        let logits =
            rows * vocabulary * (workload.filters ? 48 : networks.usesKernels ? 4 : 25)
        let pass = promptPass(groups)
        return parts([
            ("key/value cache", cache), ("packed weights", packedWeights),
            ("pass over the prompts", pass), ("logits", logits),
            ("allocator", (cache + pass) * networks.allocatorShare),
        ])
    }

    /// The copy of small weights that sampling makes.
    private var packedWeights: Double {
        let bytes = Double(networks.parameterCount) * width
        return networks.usesKernels && bytes <= Double(Decoder.mostPackedBytes) ? bytes : 0
    }

    /// Without gradients one layer's tensors live at once.
    private func promptPass(_ groups: Double) -> Double {
        let tokens = groups * prompt
        let feedForward = tokens * (2 * hidden + (networks.usesKernels ? 3 : 4) * inner)
        let scores = networks.usesKernels ? 0 : groups * prompt * prompt
        let attention = tokens * (2 * hidden + 3 * queries + 4 * keys) + scores
        return max(feedForward, attention) * width
    }

    // MARK: Training

    /// The largest micro-batch: whole groups where they fit, else as many completions as do; and
    /// how many there are.
    private var microBatch: (prompts: Double, rows: Double, count: Double) {
        let budget = max(Double(workload.microBatchTokens), 1)
        let inputs = max(completion - 1, 1)
        let size = Double(workload.groupSize)
        let group = prompt + size * inputs
        let groups = Double(workload.groupsPerUpdate ?? workload.groups)
        guard group > budget else {
            // PPO fills one after the other; GRPO divides the groups evenly.
            let width = Double(workload.microBatchesSideBySide)
            let rounds = ((groups * group - 1) / (budget * width)).rounded(.down) + 1
            let even = (groups / (rounds * width)).rounded(.up)
            let largest = networks.valueParameterCount > 0 ? groups : even
            let whole = min(largest, (budget / group).rounded(.down))
            return (whole, whole * size, (groups / whole).rounded(.up))
        }
        let rows = min(size, max(((budget - prompt) / inputs).rounded(.down), 1))
        return (1, rows, groups * (size / rows).rounded(.up))
    }

    /// What the forward passes keep for their backward passes, and what those add at the peak.
    var training: [MemoryPlan.Part] {
        let (prompts, rows, count) = microBatch
        let workers = min(Double(workload.microBatchesSideBySide), count)
        let kept = workers * activations(prompts: prompts, rows: rows)
        let gradients = gradients(workers, batches: count, activations: kept)
        return parts([
            ("gradients", gradients), ("activations", kept),
            ("logits", workers * logits(rows: rows)),
            // Chunks of logits are large enough to be mapped.
            ("allocator", (gradients + kept) * networks.allocatorShare),
        ])
    }

    /// The gradients at the peak: those of the passes before, one sum a worker. A pass's own come as
    /// its activations go, and count where there are more of them, or where a block's activations
    /// come again each time.
    private func gradients(_ workers: Double, batches: Double, activations: Double) -> Double {
        let trained = Double(networks.trainableParameterCount ?? networks.parameterCount)
        let all =
            workers * (trained + Double(networks.valueParameterCount)) * trainedWidth
        let hasSum = batches > workers
        // A pass alone adds to the sum itself.
        guard !hasSum || workers > 1 else { return all }
        let freed = networks.checkpointsActivations ? 0 : activations
        return (hasSum ? all : 0) + max(all - freed, 0)
    }

    private func activations(prompts: Double, rows: Double) -> Double {
        let inputs = completion - 1
        let tokens = prompts * prompt + rows * inputs
        // Of each block: the input, both norms, the residual between (4 E) and, where our kernels do
        // not compute, the norms before their weight; the attention's result (H · D); gate, up and,
        // unless an adapter alone learns, their product; without our kernels the activated gate too.
        let fed: Double = networks.trainableParameterCount == nil ? 3 : 2
        let dense =
            tokens
            * (networks.usesKernels ? 4 * hidden + fed * inner : 6 * hidden + 4 * inner)
            + tokens * queries
        let attention =
            networks.usesKernels
            ? tokens * (queries + heads + 2 * keys)
            : attentionElements(rows: prompts, queries: prompt, keys: prompt)
                + attentionElements(rows: rows, queries: inputs, keys: prompt + inputs)
        let block = dense + attention
        let kept =
            networks.checkpointsActivations ? layers * tokens * hidden + block : layers * block
        // The gradients of one block on their way back.
        let passing = tokens * (2 * hidden + 3 * inner)
        // A value network of its own is passed before either goes back.
        return (kept * (networks.hasValueDecoder ? 2 : 1) + passing) * width
    }

    /// Padded rows of queries, their results and denominators, keys and values, and the mask.
    private func attentionElements(rows: Double, queries count: Double, keys length: Double)
        -> Double
    {
        rows * (count * (2 * queries + heads) + 2 * length * keys + count * length)
    }

    /// A block of logits or, without our kernels, a chunk's log-probabilities, their gradient and a
    /// product of both; and the gradient of the output layer, before it is added to what there is.
    private func logits(rows: Double) -> Double {
        let chunkRows = max((16 * 1_048_576 / max(vocabulary, 1)).rounded(.down), 1)
        let chunk =
            networks.usesKernels
            ? 4 * min(rows * completion, 512) * min(vocabulary, 2_048)
            : 3 * 4 * min(rows * completion, chunkRows) * vocabulary
        let trainsOutput = networks.trainableParameterCount == nil
        let states = 2 * rows * completion * hidden * width
        return chunk + states + (trainsOutput ? 2 * vocabulary * hidden * width : 0)
    }

    private func parts(_ sizes: [(String, Double)]) -> [MemoryPlan.Part] {
        sizes.compactMap { name, size in
            size > 0 ? MemoryPlan.Part(name: name, bytes: Int(min(size, 1e15))) : nil
        }
    }
}
