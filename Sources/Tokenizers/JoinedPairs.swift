/// The pairs of characters that some merge joins: between two others a word can be cut, and its
/// parts are encoded for themselves.
///
/// A merge across the place between x and y makes a token of one that ends in x and one that begins
/// with y. Where no merge does, none ever crosses such a place. SentencePiece's models take a whole
/// text as one word, and nearly all of its spaces are such places: so its words can be remembered.
struct JoinedPairs: Sendable {
    private var pairs: FlatTable

    init(capacity: Int) {
        pairs = FlatTable(capacity: capacity)
    }

    /// Records a merge of two tokens, as the vocabulary spells them.
    mutating func insert(_ left: String, _ right: String) {
        guard let last = left.unicodeScalars.last, let first = right.unicodeScalars.first else {
            return
        }
        pairs.set(Self.key(last.value, first.value), to: 0)
    }

    @inline(__always)
    func contains(_ last: UInt32, _ first: UInt32) -> Bool {
        pairs[Self.key(last, first)] != FlatTable.absent
    }

    @inline(__always)
    private static func key(_ last: UInt32, _ first: UInt32) -> UInt64 {
        UInt64(last) << 32 | UInt64(first)
    }
}
