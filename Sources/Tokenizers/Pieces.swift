/// A text while pre-tokenizers cut it: its bytes, and the ranges that are left of them.
struct Pieces {
    private(set) var text: [UInt8]
    private(set) var ranges: [Range<Int>]
    /// Whether the first byte is that of the whole text, with no added token before it.
    private(set) var startsText: Bool

    init(_ text: [UInt8], startsText: Bool) {
        self.text = text
        self.startsText = startsText
        ranges = text.isEmpty ? [] : [0..<text.count]
    }

    /// Cuts every piece; empty pieces fall away.
    mutating func split(_ cut: ([UInt8], Range<Int>, inout [Range<Int>]) -> Void) {
        var parts: [Range<Int>] = []
        parts.reserveCapacity(text.count / 4)
        for range in ranges { cut(text, range, &parts) }
        parts.removeAll { $0.isEmpty }
        ranges = parts
    }

    /// Puts other bytes into the place of every piece.
    ///
    /// - Parameter rewrite: a piece, whether it begins the text, and the bytes to append to.
    mutating func rewrite(_ rewrite: (ArraySlice<UInt8>, _ isFirst: Bool, inout [UInt8]) -> Void) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count + text.count / 4)
        var isFirst = startsText && ranges.first?.lowerBound == 0
        startsText = isFirst
        for index in ranges.indices {
            let start = bytes.count
            rewrite(text[ranges[index]], isFirst, &bytes)
            ranges[index] = start..<bytes.count
            isFirst = false
        }
        ranges.removeAll { $0.isEmpty }
        text = bytes
    }
}
