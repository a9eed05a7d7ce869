/// A word while its tokens merge: a linked list, so that a merge costs the same in a long word.
struct MergingWord {
    private struct Symbol {
        /// Nil once it has merged into the one before it.
        var token: Int?
        var previous: Int?
        var next: Int?
    }

    private var symbols: [Symbol]
    private var queue = MergeQueue()

    init(_ tokens: [Int]) {
        symbols = tokens.enumerated().map { index, token in
            Symbol(
                token: token, previous: index > 0 ? index - 1 : nil,
                next: index + 1 < tokens.count ? index + 1 : nil)
        }
    }

    /// The tokens that are left.
    var tokens: [Int] { symbols.compactMap(\.token) }

    /// Merges until no pair is left that can, in O(n log n).
    mutating func mergeAll(_ merges: [BytePairEncoding.Pair: BytePairEncoding.Merge]) {
        for left in symbols.indices { enqueue(left, merges) }
        while let candidate = queue.popFirst() {
            let left = candidate.position
            // The neighbours may have changed since: then this pair is not there any more.
            guard let pair = pair(at: left), merges[pair]?.id == candidate.id,
                let right = symbols[left].next
            else { continue }
            symbols[left].token = candidate.id
            symbols[left].next = symbols[right].next
            symbols[right].token = nil
            if let after = symbols[left].next { symbols[after].previous = left }
            if let before = symbols[left].previous { enqueue(before, merges) }
            enqueue(left, merges)
        }
    }

    private func pair(at left: Int) -> BytePairEncoding.Pair? {
        guard let token = symbols[left].token, let right = symbols[left].next,
            let next = symbols[right].token
        else { return nil }
        return BytePairEncoding.Pair(left: token, right: next)
    }

    private mutating func enqueue(
        _ left: Int, _ merges: [BytePairEncoding.Pair: BytePairEncoding.Merge]
    ) {
        guard let pair = pair(at: left), let merge = merges[pair] else { return }
        queue.push(MergeQueue.Candidate(rank: merge.rank, position: left, id: merge.id))
    }
}
