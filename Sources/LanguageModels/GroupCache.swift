import NeuralNetwork
import Torch

/// The keys and values of groups of completions: a prompt's once for its group, a completion's
/// own beside them.
///
/// Rows are the completions that are still being sampled, ordered by group. N groups, R rows,
/// P prompt, K key/value heads, D head width.
final class GroupCache {
    private struct Layer {
        /// `[N, K, P, D]`
        var promptKeys, promptValues: Tensor
        /// `[R, K, capacity, D]`; of which `length` are written
        var keys, values: Tensor
    }

    private var layers: [Layer] = []
    private var rows: GroupRows
    /// 0 where there is a prompt token, −∞ where there is padding, `[N, 1, 1, P]`
    private var promptBias: Tensor?
    private let scale: Double
    private let capacity: Int
    /// The completion tokens that each row has written.
    private(set) var length = 0

    /// The group of each row.
    var groupOfRow: [Int] { rows.groupOfRow }

    /// An empty cache for completions of at most `capacity` tokens.
    init(promptLengths: [Int], rowCounts: [Int], capacity: Int, decoder: Decoder) {
        rows = GroupRows(rowCounts: rowCounts, device: decoder.device)
        scale = decoder.attentionScale
        self.capacity = capacity
        let width = promptLengths.max() ?? 0
        guard promptLengths.contains(where: { $0 < width }) else { return }
        let bias = promptLengths.flatMap { length in
            (0..<width).map { $0 < length ? Float(0) : -.infinity }
        }
        promptBias = Tensor(bias, shape: [promptLengths.count, 1, 1, width])
            .to(decoder.dtype, device: decoder.device)
    }

    /// Keeps the keys and values of the prompts, which a packed pass has just computed.
    ///
    /// - Parameters:
    ///   - keys: `[T, K, D]`, layer after layer in order
    ///   - values: `[T, K, D]`
    ///   - places: where each prompt's tokens stand in the packing, padded, `[N · P]`
    func appendPrompts(keys: Tensor, values: Tensor, places: Tensor) {
        let (heads, width) = (keys.shape[1], keys.shape[2])
        let padded = { (packed: Tensor) in
            packed.selecting(places).reshaped([self.rows.groupCount, -1, heads, width])
                .transposed(1, 2).contiguous()
        }
        let own = {
            Tensor.zeros(
                [self.rows.count, heads, self.capacity, width], dtype: keys.dtype,
                device: keys.device)
        }
        layers.append(
            Layer(
                promptKeys: padded(keys), promptValues: padded(values), keys: own(), values: own()))
    }

    /// Attention of one new token a row: writes its key and value, looks at prompt and completion.
    ///
    /// The softmax over both parts is put together from each part's own, by their normalisers:
    /// prompt scores never leave the shape in which the group shares the prompt's keys.
    ///
    /// - Returns: `[R, H · D]`
    func attend(layer: Int, query: Tensor, key: Tensor, value: Tensor) -> Tensor {
        let (heads, width) = (key.shape[1], key.shape[2])
        let cache = layers[layer]
        let own = { (all: Tensor, new: Tensor) in
            all.narrowed(2, from: self.length, count: 1)
                .copyInPlace(new.reshaped([self.rows.count, heads, 1, width]))
            return all.narrowed(2, from: 0, count: self.length + 1)
        }
        let grouped = query.reshaped([rows.count, heads, -1, width]) * scale
        let (completion, completionNormalizer) = partialAttention(
            grouped, own(cache.keys, key), own(cache.values, value), bias: nil)
        let (prompt, promptNormalizer) = partialAttention(
            rows.toGroups(grouped), cache.promptKeys, cache.promptValues, bias: promptBias)
        let promptShare = (rows.toRows(promptNormalizer, like: grouped) - completionNormalizer)
            .sigmoid()
        let merged =
            completion + promptShare * (rows.toRows(prompt, like: grouped) - completion)
        return merged.reshaped([rows.count, -1])
    }

    /// softmax(q kᵀ + bias) v and the logarithm of the softmax's denominator.
    private func partialAttention(
        _ query: Tensor, _ keys: Tensor, _ values: Tensor, bias: Tensor?
    ) -> (result: Tensor, normalizer: Tensor) {
        var scores = query.matmul(keys.transposed(2, 3))
        if let bias { scores = scores + bias }
        return (scores.softmax().matmul(values), scores.logSumExp(keepingAxis: true))
    }

    /// The token that all layers have just written counts from now on.
    func advance() { length += 1 }

    /// Keeps only these rows, in rising order; a group without rows goes too.
    func keep(_ kept: [Int]) {
        let before = rows
        let groups = Array(Set(kept.map { before.groupOfRow[$0] })).sorted()
        let device = layers.first?.keys.device ?? .cpu
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
        promptBias = promptBias?.selecting(groupIndices)
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
