/// Finds added tokens in a text: of those that start first, the longest.
struct AddedTokenMatcher: Sendable {
    private struct Node: Sendable {
        var children: [Unicode.Scalar: Int] = [:]
        var token: AddedToken?
    }

    /// A trie; the root is first.
    private var nodes = [Node()]

    init(_ tokens: [(AddedToken, [Unicode.Scalar])]) {
        for (token, content) in tokens {
            var node = 0
            for scalar in content {
                if let child = nodes[node].children[scalar] {
                    node = child
                } else {
                    nodes[node].children[scalar] = nodes.count
                    node = nodes.count
                    nodes.append(Node())
                }
            }
            nodes[node].token = token
        }
    }

    /// The tokens of a text and what lies between them.
    func segments(of text: Scalars) -> [AddedVocabulary.Segment] {
        guard !nodes[0].children.isEmpty else { return text.isEmpty ? [] : [.text(text)] }
        var segments: [AddedVocabulary.Segment] = []
        var covered = text.startIndex
        var position = text.startIndex
        while position < text.endIndex {
            guard let (token, end) = longestMatch(in: text, at: position) else {
                position += 1
                continue
            }
            // A token that is refused still hides those within it.
            if let place = place(of: token, at: position..<end, in: text) {
                if covered < place.lowerBound {
                    segments.append(.text(text[covered..<place.lowerBound]))
                }
                segments.append(.token(token.id))
                covered = place.upperBound
            }
            position = end
        }
        if covered < text.endIndex { segments.append(.text(text[covered...])) }
        return segments
    }

    private func longestMatch(in text: Scalars, at start: Int) -> (AddedToken, end: Int)? {
        var longest: (AddedToken, end: Int)?
        var node = 0
        for index in start..<text.endIndex {
            guard let child = nodes[node].children[text[index]] else { break }
            node = child
            if let token = nodes[node].token { longest = (token, index + 1) }
        }
        return longest
    }

    /// What a match covers with the white space that it takes, or nil where it is refused.
    ///
    /// This may reach back into what the token before it took.
    private func place(
        of token: AddedToken, at match: Range<Int>, in text: Scalars
    ) -> Range<Int>? {
        let before = text[..<match.lowerBound]
        let after = text[match.upperBound...]
        if token.isSingleWord,
            before.last?.isWordCharacter ?? false || after.first?.isWordCharacter ?? false
        {
            return nil
        }
        let isText = { (scalar: Unicode.Scalar) in !scalar.properties.isWhitespace }
        var start = match.lowerBound
        var end = match.upperBound
        if token.stripsLeft {
            start = before.lastIndex(where: isText).map { $0 + 1 } ?? text.startIndex
        }
        if token.stripsRight { end = after.firstIndex(where: isText) ?? text.endIndex }
        return start..<end
    }
}
