/// What each pair of tokens becomes, and which pair goes first.
struct MergeTable: Sendable {
    /// A pair's rank in the high half and the token that it becomes in the low one, so that the
    /// smaller of two goes first; ``none`` where the pair does not merge.
    typealias Merge = UInt64

    static let none = FlatTable.absent

    private var table: FlatTable
    private(set) var isEmpty = true

    init(capacity: Int) {
        table = FlatTable(capacity: capacity)
    }

    /// Adds a pair; one that was there before counts as the new one.
    mutating func set(_ left: UInt32, _ right: UInt32, rank: UInt32, token: UInt32) {
        isEmpty = false
        table.set(Self.key(left, right), to: UInt64(rank) << 32 | UInt64(token))
    }

    @inline(__always)
    func merge(_ left: UInt32, _ right: UInt32) -> Merge { table[Self.key(left, right)] }

    @inline(__always)
    private static func key(_ left: UInt32, _ right: UInt32) -> UInt64 {
        UInt64(left) << 32 | UInt64(right)
    }
}
