import Torch

/// The attention of a packed pass as rows of libtorch's own attention.
///
/// Only here are there rows and padding. A block is a set of rows of queries with the keys that they
/// may look at, both named by their place in the packing: a completion's row names its prompt's
/// among its keys. What a pass needs for it is made at its first attention.
final class PaddedRows {
    /// Rows of queries and the keys they look at.
    struct Block {
        /// Places of the queries, `[R · Q]`
        let queries: Tensor
        /// Places of the keys, `[R · S]`
        let keys: Tensor
        /// True where a query may look at a key, `[R, 1, Q, S]`
        let mask: AttentionMask
        /// R, Q and S
        let size: (rows: Int, queries: Int, keys: Int)
    }

    private let segments: [Segment]
    private let device: Device
    /// The blocks, and where each token's result stands among the results of all of them, `[T]`
    private lazy var plan = makePlan()

    /// The rows of these segments, in the order of the packing.
    init(_ segments: [Segment], device: Device) {
        (self.segments, self.device) = (segments, device)
    }

    private func makePlan() -> (blocks: [Block], order: Tensor) {
        var blocks: [Block] = []
        var starts: [Int] = []
        var tokenCount = 0
        for segment in segments {
            starts.append(tokenCount)
            tokenCount += segment.length
        }
        var order = [Int](repeating: 0, count: tokenCount)
        var resultCount = 0
        for isContinuation in [false, true] {
            let members = segments.indices.filter {
                segments[$0].length > 0 && (segments[$0].continues != nil) == isContinuation
            }
            guard !members.isEmpty else { continue }
            let width = members.map { segments[$0].length }.max() ?? 0
            for (row, member) in members.enumerated() {
                for offset in 0..<segments[member].length {
                    order[starts[member] + offset] = resultCount + row * width + offset
                }
            }
            resultCount += members.count * width
            blocks.append(
                Block(segments, members: members, starts: starts, width: width, device: device))
        }
        return (blocks, Tensor(order).to(device: device))
    }

    /// softmax(q kᵀ · scale) v, `[T, H · D]`, of `[T, H, D]` and `[T, K, D]`.
    func attention(query: Tensor, key: Tensor, value: Tensor, rule: AttentionRule) -> Tensor {
        let (heads, width) = (query.shape[1], query.shape[2])
        let results = plan.blocks.map { block in
            let size = block.size
            let rows = { (packed: Tensor, places: Tensor, length: Int) in
                packed.selecting(places).reshaped([size.rows, length, -1, width]).transposed(1, 2)
            }
            return rule.attention(
                query: rows(query, block.queries, size.queries),
                key: rows(key, block.keys, size.keys),
                value: rows(value, block.keys, size.keys),
                mask: block.mask.within(rule.window)
            ).transposed(1, 2).reshaped([size.rows * size.queries, heads * width])
        }
        return Tensor.concatenate(results).selecting(plan.order)
    }
}

extension PaddedRows.Block {
    /// The rows of some segments, padded to `width` queries; padding looks at what its row's first
    /// token may look at, so that no row of the softmax is empty, and is dropped afterwards.
    fileprivate init(
        _ segments: [Segment], members: [Int], starts: [Int], width: Int, device: Device
    ) {
        let parents = members.map { segments[$0].continues }
        let parentWidth = parents.map { $0.map { segments[$0].length } ?? 0 }.max() ?? 0
        var queries: [Int] = []
        var keys: [Int] = []
        for (member, parent) in zip(members, parents) {
            let (start, last) = (starts[member], segments[member].length - 1)
            let own = (0..<width).map { start + min($0, last) }
            let parentStart = parent.map { starts[$0] } ?? 0
            let parentLast = parent.map { segments[$0].length - 1 } ?? 0
            queries += own
            keys += (0..<parentWidth).map { parentStart + min($0, parentLast) } + own
        }
        self.queries = Tensor(queries).to(device: device)
        self.keys = Tensor(keys).to(device: device)
        size = (members.count, width, parentWidth + width)
        mask = AttentionMask(
            parentLengths: parents.map { $0.map { segments[$0].length } ?? 0 },
            parentWidth: parentWidth, width: width, device: device)
    }
}
