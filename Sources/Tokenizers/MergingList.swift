/// A long word while its tokens merge: a linked list, so that a merge costs the same anywhere, and
/// a heap of the merges that can be made. A word of n characters takes O(n log n).
struct MergingList: Sendable {
    private struct Symbol: Sendable {
        var token: UInt32
        /// The merge with the next symbol; ``MergeTable/none`` once this one has merged away.
        var merge: MergeTable.Merge
        /// Places have 32 bits, as a text has less than two billion characters.
        var previous: Int32
        var next: Int32
    }

    private var symbols: [Symbol] = []
    /// Ranks in the high half, places in the word in the low one.
    private var queue = MergeQueue()

    mutating func mergeAll(_ tokens: inout [UInt32], _ table: MergeTable) {
        fill(tokens, table)
        while let candidate = queue.popFirst() {
            let left = Int(candidate & 0xFFFF_FFFF)
            let merge = symbols[left].merge
            // The neighbours may have changed since: then this pair is not there any more.
            guard merge >> 32 == candidate >> 32, merge != MergeTable.none else { continue }
            join(left, as: UInt32(truncatingIfNeeded: merge), table)
        }
        tokens.removeAll(keepingCapacity: true)
        var place = 0
        while place >= 0 {
            tokens.append(symbols[place].token)
            place = Int(symbols[place].next)
        }
        symbols.removeAll(keepingCapacity: symbols.count < 1 << 16)
    }

    private mutating func fill(_ tokens: [UInt32], _ table: MergeTable) {
        symbols.removeAll(keepingCapacity: true)
        symbols.reserveCapacity(tokens.count)
        for (index, token) in tokens.enumerated() {
            let hasNext = index + 1 < tokens.count
            let merge = hasNext ? table.merge(token, tokens[index + 1]) : MergeTable.none
            symbols.append(
                Symbol(
                    token: token, merge: merge, previous: Int32(index - 1),
                    next: hasNext ? Int32(index + 1) : -1))
            if merge != MergeTable.none { queue.append(Self.candidate(merge, index)) }
        }
        queue.order()
    }

    /// Merges a symbol with the next one.
    private mutating func join(_ left: Int, as token: UInt32, _ table: MergeTable) {
        let right = Int(symbols[left].next)
        let after = symbols[right].next
        symbols[right].merge = MergeTable.none
        symbols[left].token = token
        symbols[left].next = after
        if after >= 0 { symbols[Int(after)].previous = Int32(left) }
        update(left, table)
        if symbols[left].previous >= 0 { update(Int(symbols[left].previous), table) }
    }

    private mutating func update(_ place: Int, _ table: MergeTable) {
        let next = Int(symbols[place].next)
        let merge =
            next < 0
            ? MergeTable.none : table.merge(symbols[place].token, symbols[next].token)
        symbols[place].merge = merge
        if merge != MergeTable.none { queue.push(Self.candidate(merge, place)) }
    }

    private static func candidate(_ merge: MergeTable.Merge, _ place: Int) -> UInt64 {
        merge & 0xFFFF_FFFF_0000_0000 | UInt64(place)
    }
}
