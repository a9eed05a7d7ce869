import NeuralNetwork
import Torch

/// Keys and values of prompts and of the completions that are being sampled.
///
/// Rows are completions, ordered by their group. R rows, H heads, K key/value heads, D head width.
protocol CompletionCache: AnyObject {
    /// The place of each row's next token in its sequence.
    var positions: [Int] { get }

    /// The rows that could be added now.
    var freeRows: Int { get }

    /// Adds prompts and their rows, behind the others; their keys and values follow.
    func add(_ prompts: PackedPrompts, rowCounts: [Int])

    /// Keeps what a pass over the prompts that were added last computes in a layer, `[T, K, D]`.
    func write(_ prompts: PackedPrompts, layer: Int, keys: Tensor, values: Tensor)

    /// Attention of one new token a row, whose key and value are kept: `[R, H, D]`, `[R, K, D]`
    /// twice → `[R, H · D]`.
    func attend(layer: Int, query: Tensor, key: Tensor, value: Tensor) -> Tensor

    /// The token that all layers have just written counts from now on.
    func advance()

    /// Keeps only these rows, in rising order; a group without rows goes too.
    func keep(_ kept: [Int])

    /// Whether `keep` moves no memory.
    var keepIsFree: Bool { get }
}

/// The cache of fused attention on the CPU: every row has a slot, which the next one takes when it
/// has gone.
final class SlotCache: CompletionCache {
    private let layers: [CachedKeysAndValues]
    private let rules: [AttentionRule]
    private var rows = CachedRows()
    private var freePromptSlots: [Int]
    private var freeRowSlots: [Int]
    /// Where the prompts that were added last are kept.
    private var newPromptSlots: [Int] = []

    /// Room for so many rows of `capacity` tokens.
    ///
    /// - Returns: `nil` where there is no fused attention.
    init?(decoder: Decoder, size: CacheSize) {
        let configuration = decoder.configuration
        guard let step = CachedKeysAndValues.capacityStep, decoder.device == .cpu,
            decoder.dtype == .float32, configuration.headWidth % step == 0
        else { return nil }
        let roundedUp = { (length: Int) in (length + step - 1) / step * step }
        layers = (0..<configuration.layerCount).map { _ in
            CachedKeysAndValues(
                prompts: size.prompts, promptCapacity: roundedUp(size.promptCapacity),
                rows: size.rows, capacity: roundedUp(size.capacity),
                heads: configuration.keyValueHeadCount, headWidth: configuration.headWidth)
        }
        rules = (0..<configuration.layerCount).map(configuration.attentionRule)
        freePromptSlots = (0..<size.prompts).reversed()
        freeRowSlots = (0..<size.rows).reversed()
    }

    var positions: [Int] { rows.positions }
    var freeRows: Int { freePromptSlots.isEmpty ? 0 : freeRowSlots.count }
    var keepIsFree: Bool { true }

    func add(_ prompts: PackedPrompts, rowCounts: [Int]) {
        newPromptSlots = zip(prompts.lengths, rowCounts).map { length, count in
            let slot = freePromptSlots.removeLast()
            rows.append(
                promptSlot: slot, promptLength: length,
                rowSlots: (0..<count).map { _ in freeRowSlots.removeLast() })
            return slot
        }
    }

    func write(_ prompts: PackedPrompts, layer: Int, keys: Tensor, values: Tensor) {
        var start = 0
        for (length, slot) in zip(prompts.lengths, newPromptSlots) {
            layers[layer].writePrompt(
                keys: keys.narrowed(0, from: start, count: length),
                values: values.narrowed(0, from: start, count: length), slot: slot)
            start += length
        }
    }

    func attend(layer: Int, query: Tensor, key: Tensor, value: Tensor) -> Tensor {
        let rule = rules[layer]
        return layers[layer].attend(
            query: query, key: key, value: value, rows: rows, scale: rule.scale,
            window: rule.window, cap: rule.scoreCap)
    }

    func advance() { rows.advance() }

    func keep(_ kept: [Int]) {
        let free = rows.keep(kept)
        freePromptSlots += free.prompts
        freeRowSlots += free.rows
    }
}

/// What a cache has room for.
struct CacheSize {
    /// Prompts at a time, and tokens of each.
    let prompts, promptCapacity: Int
    /// Rows at a time, and new tokens of each.
    let rows, capacity: Int
}
