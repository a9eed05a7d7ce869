/// The tokens of words that came before: a text repeats most of its words.
///
/// Words of up to 15 bytes are kept, each in two integers that are the key, so that nothing is
/// compared byte by byte. A full cache is emptied.
struct WordCache: Sendable {
    /// In bytes.
    static let longestWord = 15

    /// A short word: its bytes, and its length in the last.
    struct Key: Sendable {
        var low: UInt64 = 0
        var high: UInt64 = 0

        /// Nil where the word is too long.
        @inline(__always)
        init?(_ text: [UInt8], _ range: Range<Int>) {
            let count = range.count
            guard count <= WordCache.longestWord else { return nil }
            for index in 0..<min(count, 8) {
                low |= UInt64(text[range.lowerBound + index]) << UInt64(index * 8)
            }
            if count > 8 {
                for index in 8..<count {
                    high |= UInt64(text[range.lowerBound + index]) << UInt64((index - 8) * 8)
                }
            }
            high |= UInt64(count) << 56
        }

        @inline(__always)
        var hash: Int {
            let mixed = (low ^ (high &* 0xD6E8_FEB8_6659_FD93)) &* 0x9E37_79B9_7F4A_7C15
            return Int(truncatingIfNeeded: mixed >> 48)
        }
    }

    private struct Entry: Sendable {
        var low: UInt64
        /// 0 where there is no entry: words are not empty.
        var high: UInt64
        var start: UInt32
        var count: UInt32
    }

    private static let capacity = 1 << 16
    private let isActive: Bool
    private var entries: [Entry] = []
    private var tokens: [UInt32] = []
    private var count = 0

    /// An empty cache, or one that stays so.
    init(isActive: Bool) {
        self.isActive = isActive
    }

    /// Appends the tokens of a word, and says whether it was known.
    @inline(__always)
    func append(_ key: Key, to output: inout [Int]) -> Bool {
        guard !entries.isEmpty else { return false }
        var place = key.hash
        while entries[place].high != 0 {
            let entry = entries[place]
            if entry.low == key.low, entry.high == key.high {
                let start = Int(entry.start)
                for index in start..<start + Int(entry.count) { output.append(Int(tokens[index])) }
                return true
            }
            place = (place + 1) & (Self.capacity - 1)
        }
        return false
    }

    /// Keeps the tokens of a word that was not known.
    mutating func insert(_ key: Key, _ word: [UInt32]) {
        guard isActive else { return }
        if entries.isEmpty || count >= Self.capacity * 3 / 4 {
            let none = Entry(low: 0, high: 0, start: 0, count: 0)
            entries = Array(repeating: none, count: Self.capacity)
            tokens.removeAll(keepingCapacity: true)
            count = 0
        }
        var place = key.hash
        while entries[place].high != 0 { place = (place + 1) & (Self.capacity - 1) }
        entries[place] = Entry(
            low: key.low, high: key.high, start: UInt32(tokens.count), count: UInt32(word.count))
        tokens += word
        count += 1
    }
}
