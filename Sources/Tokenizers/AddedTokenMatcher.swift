/// Finds added tokens in a text: of those that start first, the longest.
struct AddedTokenMatcher: Sendable {
    /// A part of a text: an added token, or what lies between two.
    enum Segment {
        case token(Int)
        case text(Range<Int>)
    }

    /// A trie: from a node, in the high bits, and a byte to the next node; the root is 0.
    private var children: FlatTable
    /// The token that ends at a node.
    private var tokens: [AddedToken?] = [nil]
    /// Whether a token begins with a byte.
    private var isFirst = [Bool](repeating: false, count: 256)

    /// Whether there is nothing to find.
    var isEmpty: Bool { tokens.count == 1 }

    init(_ tokens: [(AddedToken, [UInt8])]) {
        children = FlatTable(capacity: tokens.reduce(0) { $0 + $1.1.count })
        for (token, content) in tokens {
            guard let first = content.first else { continue }
            isFirst[Int(first)] = true
            var node = 0
            for byte in content {
                if let child = child(of: node, byte) {
                    node = child
                } else {
                    children.set(Self.key(node, byte), to: UInt64(self.tokens.count))
                    node = self.tokens.count
                    self.tokens.append(nil)
                }
            }
            self.tokens[node] = token
        }
    }

    private static func key(_ node: Int, _ byte: UInt8) -> UInt64 {
        UInt64(node) << 8 | UInt64(byte)
    }

    private func child(of node: Int, _ byte: UInt8) -> Int? {
        let child = children[Self.key(node, byte)]
        return child == FlatTable.absent ? nil : Int(truncatingIfNeeded: child)
    }

    /// The tokens of a text and what lies between them.
    func segments(of text: [UInt8]) -> [Segment] {
        guard !isEmpty else { return text.isEmpty ? [] : [.text(0..<text.count)] }
        var segments: [Segment] = []
        var covered = 0
        var position = 0
        while position < text.count {
            guard isFirst[Int(text[position])],
                let (token, end) = longestMatch(in: text, at: position)
            else {
                position += 1
                continue
            }
            // A token that is refused still hides those within it.
            if let place = place(of: token, at: position..<end, in: text) {
                if covered < place.lowerBound { segments.append(.text(covered..<place.lowerBound)) }
                segments.append(.token(token.id))
                covered = place.upperBound
            }
            position = end
        }
        if covered < text.count { segments.append(.text(covered..<text.count)) }
        return segments
    }

    private func longestMatch(in text: [UInt8], at start: Int) -> (AddedToken, end: Int)? {
        var longest: (AddedToken, end: Int)?
        var node = 0
        for index in start..<text.count {
            guard let child = child(of: node, text[index]) else { break }
            node = child
            if let token = tokens[node] { longest = (token, index + 1) }
        }
        return longest
    }

    /// What a match covers with the white space that it takes, or nil where it is refused.
    ///
    /// This may reach back into what the token before it took.
    private func place(of token: AddedToken, at match: Range<Int>, in text: [UInt8]) -> Range<Int>?
    {
        let table = ScalarTable.shared
        if token.isSingleWord {
            let (lower, upper) = (match.lowerBound, match.upperBound)
            let followsWord =
                lower > 0 && table.isWordCharacter(text.scalar(before: lower, limit: 0).value)
            let precedesWord =
                upper < text.count
                && table.isWordCharacter(text.scalar(at: upper, limit: text.count).value)
            if followsWord || precedesWord { return nil }
        }
        var start = match.lowerBound
        var end = match.upperBound
        while token.stripsLeft, start > 0 {
            let (value, previous) = text.scalar(before: start, limit: 0)
            guard table.kind(of: value) == .whiteSpace else { break }
            start = previous
        }
        while token.stripsRight, end < text.count {
            let (value, next) = text.scalar(at: end, limit: text.count)
            guard table.kind(of: value) == .whiteSpace else { break }
            end = next
        }
        return start..<end
    }
}
