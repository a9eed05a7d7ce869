import NeuralNetwork
import Torch

/// The cache by plain operations, for any device and type: a prompt's keys and values once for its
/// group, a completion's own beside them.
///
/// All rows begin together; there is room for others when all have gone. N groups, R rows, P prompt,
/// K key/value heads, D head width.
final class GroupCache: CompletionCache {
    private struct Layer {
        /// `[N, K, P, D]`
        var promptKeys, promptValues: Tensor
        /// `[R, K, capacity, D]`; of which `length` are written
        var keys, values: Tensor
    }

    private var layers: [Layer] = []
    private var rows: GroupRows
    private let rules: [AttentionRule]
    /// The tokens of each group's prompt.
    private var promptLengths: [Int] = []
    /// P, the longest prompt's tokens; it stays when that prompt's group has gone.
    private var promptWidth = 0
    /// What is added to prompt scores, by window: made at the first layer that has it, kept while
    /// it stands.
    private var promptBiases: [Int?: Tensor?] = [:]
    private let dtype: DType
    private let device: Device
    private let size: CacheSize
    /// The completion tokens that each row has written.
    private var length = 0

    /// An empty cache.
    init(decoder: Decoder, size: CacheSize) {
        rows = GroupRows(rowCounts: [], device: decoder.device)
        rules = (0..<decoder.configuration.layerCount).map(decoder.configuration.attentionRule)
        self.size = size
        (dtype, device) = (decoder.dtype, decoder.device)
    }

    var positions: [Int] { rows.groupOfRow.map { promptLengths[$0] + length } }
    var freeRows: Int { rows.count == 0 ? size.rows : 0 }
    var keepIsFree: Bool { false }

    func add(_ prompts: PackedPrompts, rowCounts: [Int]) {
        rows = GroupRows(rowCounts: rowCounts, device: device)
        promptLengths = prompts.lengths
        promptWidth = prompts.lengths.max() ?? 0
        (layers, promptBiases, length) = ([], [:], 0)
    }

    func write(_ prompts: PackedPrompts, layer: Int, keys: Tensor, values: Tensor) {
        let (heads, width) = (keys.shape[1], keys.shape[2])
        let padded = { (packed: Tensor) in
            packed.selecting(prompts.tokenPlaces)
                .reshaped([self.rows.groupCount, -1, heads, width])
                .transposed(1, 2).contiguous()
        }
        let own = {
            Tensor.zeros(
                [self.rows.count, heads, self.size.capacity, width], dtype: keys.dtype,
                device: keys.device)
        }
        layers.append(
            Layer(
                promptKeys: padded(keys), promptValues: padded(values), keys: own(), values: own()))
    }

    /// The softmax over both parts is put together from each part's own, by their normalisers:
    /// prompt scores never leave the shape in which the group shares the prompt's keys.
    func attend(layer: Int, query: Tensor, key: Tensor, value: Tensor) -> Tensor {
        let (heads, width) = (key.shape[1], key.shape[2])
        let (cache, rule) = (layers[layer], rules[layer])
        // The first of the own tokens that the window reaches.
        let first = rule.window.map { max(length + 1 - $0, 0) } ?? 0
        let own = { (all: Tensor, new: Tensor) in
            all.narrowed(2, from: self.length, count: 1)
                .copyInPlace(new.reshaped([self.rows.count, heads, 1, width]))
            return all.narrowed(2, from: first, count: self.length + 1 - first)
        }
        let grouped = query.reshaped([rows.count, heads, -1, width]) * rule.scale
        let (completion, completionNormalizer) = partialAttention(
            grouped, own(cache.keys, key), own(cache.values, value), cap: rule.scoreCap, bias: nil)
        let (prompt, promptNormalizer) = partialAttention(
            rows.toGroups(grouped), cache.promptKeys, cache.promptValues, cap: rule.scoreCap,
            bias: promptBias(window: rule.window))
        let promptShare = (rows.toRows(promptNormalizer, like: grouped) - completionNormalizer)
            .sigmoid()
        let merged =
            completion + promptShare * (rows.toRows(prompt, like: grouped) - completion)
        return merged.reshaped([rows.count, -1])
    }

    /// softmax(cap(q kᵀ) + bias) v and the logarithm of the softmax's denominator.
    private func partialAttention(
        _ query: Tensor, _ keys: Tensor, _ values: Tensor, cap: Double?, bias: Tensor?
    ) -> (result: Tensor, normalizer: Tensor) {
        var scores = query.matmul(keys.transposed(2, 3))
        if let cap { scores = scores.softCapped(cap) }
        if let bias { scores = scores + bias }
        return (scores.softmax().matmul(values), scores.logSumExp(keepingAxis: true))
    }

    /// 0 where the new tokens may look at a prompt token, as good as −∞ at padding and behind the
    /// window, `[N, 1, 1, P]`; `nil` where they may look at all.
    private func promptBias(window: Int?) -> Tensor? {
        if let known = promptBiases[window] { return known }
        // Finite, so that a prompt wholly behind the window has a softmax, whose share is then 0.
        let impossible: Float = dtype == .float16 ? -6e4 : -1e30
        let bias = promptLengths.flatMap { promptLength in
            let reached = window.map { promptLength + length - $0 } ?? -1
            return (0..<promptWidth).map { $0 < promptLength && $0 > reached ? 0 : impossible }
        }
        let made: Tensor? =
            bias.allSatisfy { $0 == 0 }
            ? nil
            : Tensor(bias, shape: [promptLengths.count, 1, 1, promptWidth]).to(
                dtype, device: device)
        promptBiases[window] = .some(made)
        return made
    }

    func advance() {
        length += 1
        // Windows move on; padding stays where it is.
        promptBiases = promptBiases.filter { $0.key == nil }
    }

    func keep(_ kept: [Int]) {
        let before = rows
        let groups = Array(Set(kept.map { before.groupOfRow[$0] })).sorted()
        rows = before.keeping(kept, groups: groups, device: device)
        let rowIndices = Tensor(kept).to(device: device)
        let groupIndices = Tensor(groups).to(device: device)
        for layer in layers.indices {
            layers[layer].keys = layers[layer].keys.selecting(rowIndices)
            layers[layer].values = layers[layer].values.selecting(rowIndices)
            guard groups.count < before.groupCount else { continue }
            layers[layer].promptKeys = layers[layer].promptKeys.selecting(groupIndices)
            layers[layer].promptValues = layers[layer].promptValues.selecting(groupIndices)
        }
        guard groups.count < before.groupCount else { return }
        promptLengths = groups.map { promptLengths[$0] }
        promptBiases = [:]
    }
}

/// Which rows belong to which group, and the way from one arrangement to the other.
private struct GroupRows {
    let groupOfRow: [Int]
    let groupCount: Int
    /// The rows of the largest group.
    private let width: Int
    /// Groups of unequal size are padded: the row at each place `[N · G]`, the place of each row.
    private var padding: (rowAtPlace: Tensor, placeOfRow: Tensor)?

    var count: Int { groupOfRow.count }

    init(rowCounts: [Int], device: Device) {
        groupOfRow = rowCounts.enumerated().flatMap { group, count in
            repeatElement(group, count: count)
        }
        groupCount = rowCounts.count
        width = rowCounts.max() ?? 0
        guard rowCounts.contains(where: { $0 < width }) else { return }
        var rowAtPlace: [Int] = []
        var placeOfRow: [Int] = []
        for (group, count) in rowCounts.enumerated() {
            let first = placeOfRow.count
            rowAtPlace += (0..<width).map { first + min($0, count - 1) }
            placeOfRow += (0..<count).map { group * width + $0 }
        }
        padding = (Tensor(rowAtPlace).to(device: device), Tensor(placeOfRow).to(device: device))
    }

    /// `[R, K, r, D] → [N, K, G · r, D]`: a group's rows side by side as queries.
    func toGroups(_ rows: Tensor) -> Tensor {
        let shape = rows.shape
        let placed = padding.map { rows.selecting($0.rowAtPlace) } ?? rows
        return placed.reshaped([groupCount, width, shape[1], shape[2], shape[3]])
            .transposed(1, 2).reshaped([groupCount, shape[1], width * shape[2], shape[3]])
    }

    /// `[N, K, G · r, X] → [R, K, r, X]`, r as in `rows`.
    func toRows(_ groups: Tensor, like rows: Tensor) -> Tensor {
        let (shape, last) = (rows.shape, groups.shape[3])
        let placed = groups.reshaped([groupCount, shape[1], width, shape[2], last])
            .transposed(1, 2).reshaped([groupCount * width, shape[1], shape[2], last])
        return padding.map { placed.selecting($0.placeOfRow) } ?? placed
    }

    func keeping(_ kept: [Int], groups: [Int], device: Device) -> GroupRows {
        var counts = [Int: Int]()
        for row in kept { counts[groupOfRow[row], default: 0] += 1 }
        return GroupRows(rowCounts: groups.map { counts[$0] ?? 0 }, device: device)
    }
}
