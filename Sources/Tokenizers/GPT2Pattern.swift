/// GPT-2's regular expression, which cuts text into words, as a scanner.
///
///     's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
///
/// Every character falls into a word, so the words are the text.
struct GPT2Pattern {
    private let text: Scalars
    private var start: Int

    private init(_ text: Scalars) {
        self.text = text
        start = text.startIndex
    }

    /// The words of a text, in order and without gaps.
    static func words(of text: Scalars) -> [Scalars] {
        var pattern = GPT2Pattern(text)
        var words: [Scalars] = []
        while pattern.start < text.endIndex {
            let end = pattern.contractionEnd() ?? pattern.runEnd() ?? pattern.whiteSpaceEnd()
            words.append(text[pattern.start..<end])
            pattern.start = end
        }
        return words
    }

    /// `'s|'t|'re|'ve|'m|'ll|'d`
    private func contractionEnd() -> Int? {
        guard text[start] == "'" else { return nil }
        let letters = text[(start + 1)...].prefix(2)
        switch letters.first {
        case "s", "t", "m", "d": return start + 2
        case "r", "v": return letters.last == "e" ? start + 3 : nil
        case "l": return letters.count == 2 && letters.last == "l" ? start + 3 : nil
        default: return nil
        }
    }

    /// ` ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+`
    private func runEnd() -> Int? {
        let first = text[start] == " " ? start + 1 : start
        guard first < text.endIndex else { return nil }
        let kind = ScalarClass(text[first])
        return kind == .whiteSpace ? nil : end(of: kind, from: first)
    }

    /// `\s+(?!\S)|\s+`: white space, but the last of several belongs to the word after it.
    private func whiteSpaceEnd() -> Int {
        let end = end(of: .whiteSpace, from: start)
        return end < text.endIndex && end - start > 1 ? end - 1 : end
    }

    private func end(of kind: ScalarClass, from first: Int) -> Int {
        text[first...].firstIndex { ScalarClass($0) != kind } ?? text.endIndex
    }
}
