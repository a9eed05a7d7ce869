/// A hash table from 64-bit keys to 64-bit values in two arrays: what looking up pairs of tokens, a
/// few for every character of a text, is made of.
struct FlatTable: Sendable {
    /// The value of a key that is absent, which none can have.
    static let absent = UInt64.max

    /// Keys and values side by side; a place without an entry has the value ``absent``.
    private var entries: [Entry]
    private var shift: UInt64

    private struct Entry: Sendable {
        var key: UInt64
        var value: UInt64
    }

    /// An empty table for this many entries.
    init(capacity: Int) {
        var bits: UInt64 = 4
        while 1 << bits < capacity * 2 { bits += 1 }
        entries = Array(repeating: Entry(key: 0, value: Self.absent), count: 1 << bits)
        shift = 64 - bits
    }

    @inline(__always)
    private func place(of key: UInt64) -> Int {
        // Fibonacci hashing; the fold lets both halves of the key count.
        Int(truncatingIfNeeded: ((key ^ key >> 32) &* 0x9E37_79B9_7F4A_7C15) >> shift)
    }

    @inline(__always)
    subscript(key: UInt64) -> UInt64 {
        var place = place(of: key)
        while true {
            let entry = entries[place]
            if entry.value == Self.absent || entry.key == key { return entry.value }
            place = (place + 1) & (entries.count - 1)
        }
    }

    /// Sets the value of a key; the table must have been made for as many.
    mutating func set(_ key: UInt64, to value: UInt64) {
        var place = place(of: key)
        while entries[place].value != Self.absent, entries[place].key != key {
            place = (place + 1) & (entries.count - 1)
        }
        entries[place] = Entry(key: key, value: value)
    }
}
