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
        prompt = Double(workload.promptLength)
        completion = Double(workload.completionLength)
    }

    var resident: [MemoryPlan.Part] {
        let weights = Double(networks.parameterCount) * width
        let trainedWidth = Double((networks.trainableDType ?? networks.dtype).byteCount)
        let separate = networks.trainableParameterCount != nil
        let trained = Double(networks.trainableParameterCount ?? networks.parameterCount)
        let value = Double(networks.valueParameterCount) * width
        let moments = workload.isTraining ? 2 * (trained * trainedWidth + value) : 0
        return parts([
            ("program", Double(networks.program)), ("weights", weights),
            ("trained weights", separate ? trained * trainedWidth : 0),
            ("reference model", networks.hasReference ? weights : 0), ("value network", value),
            ("optimizer", moments),
        ])
    }

    // MARK: Sampling

    /// N groups and R rows at once.
    var sampling: [MemoryPlan.Part] {
        let groups = Double(workload.groups)
        let rows = groups * Double(workload.groupSize)
        let cache = 2 * layers * keys * (groups * prompt + rows * completion) * width
        // The row's probabilities in order: logits and log-probabilities (4), the sums (8), and the
        // comparison with the random number (1 + 8). Filters sort them and their places too.
        let logits = rows * vocabulary * (workload.filters ? 48 : 25)
        return parts([
            ("key/value cache", cache), ("pass over the prompts", promptPass(groups)),
            ("logits", logits),
        ])
    }

    /// Without gradients one layer's tensors live at once.
    private func promptPass(_ groups: Double) -> Double {
        let tokens = groups * prompt
        let feedForward = tokens * (2 * hidden + 4 * inner)
        let attention =
            tokens * (2 * hidden + 3 * queries + 4 * keys) + groups * prompt * prompt
        return max(feedForward, attention) * width
    }

    // MARK: Training

    /// The largest micro-batch: whole groups where they fit, else as many completions as do.
    private var microBatch: (prompts: Double, rows: Double) {
        let budget = Double(workload.microBatchTokens)
        let inputs = max(completion - 1, 1)
        let size = Double(workload.groupSize)
        let group = prompt + size * inputs
        let groups = Double(workload.groupsPerUpdate ?? workload.groups)
        guard group > budget else {
            let count = min(groups, max((budget / group).rounded(.down), 1))
            return (count, count * size)
        }
        return (1, min(size, max(((budget - prompt) / inputs).rounded(.down), 1)))
    }

    /// What a forward pass keeps for the backward pass, and what that adds at its peak.
    var training: [MemoryPlan.Part] {
        let (prompts, rows) = microBatch
        let inputs = completion - 1
        let tokens = prompts * prompt + rows * inputs
        let trained = Double(networks.trainableParameterCount ?? networks.parameterCount)
        let trainedWidth = Double((networks.trainableDType ?? networks.dtype).byteCount)
        let gradients =
            trained * trainedWidth + Double(networks.valueParameterCount) * width
        // Of each block: the input, both norms before and after their weight, the residual between
        // (6 E), the attention's result (H · D), and four tensors of the feed-forward network.
        let dense = tokens * (6 * hidden + queries + 4 * inner)
        let attention =
            attentionElements(rows: prompts, queries: prompt, keys: prompt)
            + attentionElements(rows: rows, queries: inputs, keys: prompt + inputs)
        let block = dense + attention
        let kept =
            networks.checkpointsActivations ? layers * tokens * hidden + block : layers * block
        // The gradients of one block on their way back.
        let passing = tokens * (2 * hidden + 3 * inner)
        return parts([
            ("gradients", gradients), ("activations", (kept + passing) * width),
            ("logits", logits(rows: rows)),
        ])
    }

    /// Padded rows of queries, their results and denominators, keys and values, and the mask.
    private func attentionElements(rows: Double, queries count: Double, keys length: Double)
        -> Double
    {
        rows * (count * (2 * queries + heads) + 2 * length * keys + count * length)
    }

    /// A chunk's log-probabilities, their gradient and a product of both; and the gradient of the
    /// output layer, before it is added to what there is.
    private func logits(rows: Double) -> Double {
        let chunkRows = max((16 * 1_048_576 / max(vocabulary, 1)).rounded(.down), 1)
        let chunk = 3 * 4 * min(rows * completion, chunkRows) * vocabulary
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
