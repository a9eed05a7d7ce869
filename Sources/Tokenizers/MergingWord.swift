/// A word while its tokens merge; kept between words, so that its memory is.
struct MergingWord: Sendable {
    /// The tokens: before merging the characters', afterwards what is left.
    var tokens: [UInt32] = []
    /// Of each token with the next one.
    private var merges: [MergeTable.Merge] = []
    private var longWord = MergingList()

    /// From here on a list and a heap are faster than to look at every pair again.
    private static let longLength = 40

    /// Merges until no pair is left that can: the pair of the lowest rank first, from left to right.
    mutating func mergeAll(_ table: MergeTable) {
        guard tokens.count > 1, !table.isEmpty else { return }
        if tokens.count < Self.longLength {
            mergeShort(table)
        } else {
            longWord.mergeAll(&tokens, table)
        }
    }

    private mutating func mergeShort(_ table: MergeTable) {
        merges.removeAll(keepingCapacity: true)
        for index in 1..<tokens.count {
            merges.append(table.merge(tokens[index - 1], tokens[index]))
        }
        while !merges.isEmpty {
            var place = 0
            var first = merges[0]
            for index in 1..<merges.count where merges[index] < first {
                first = merges[index]
                place = index
            }
            guard first != MergeTable.none else { return }
            tokens[place] = UInt32(truncatingIfNeeded: first)
            tokens.remove(at: place + 1)
            merges.remove(at: place)
            if place > 0 { merges[place - 1] = table.merge(tokens[place - 1], tokens[place]) }
            if place < merges.count {
                merges[place] = table.merge(tokens[place], tokens[place + 1])
            }
        }
    }
}
