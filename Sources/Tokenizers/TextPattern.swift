/// What `Split` and `Replace` look for: `{"String": …}` or `{"Regex": …}`.
enum TextPattern: Sendable {
    case text([UInt8])
    /// A known expression, of whose matches the whole text consists.
    case words(WordPattern)
    case expression(RegularExpression)

    init(_ node: FileNode) throws(TokenizerError) {
        try node.allowOnly(["String", "Regex"])
        if let text = try node.optional("String") {
            self = .text(Array(try text.string().utf8))
            return
        }
        let source = try node.required("Regex")
        let expression = try source.string()
        if let pattern = WordPattern(expression: expression) {
            self = .words(pattern)
        } else if let expression = RegularExpression(expression) {
            self = .expression(expression)
        } else {
            throw source.unsupported(supported: [
                "expressions that mean the same to ICU (NSRegularExpression) and Oniguruma"
            ])
        }
    }

    /// The matches within a range of a text, from left to right.
    func places(in text: [UInt8], range: Range<Int>) -> [Range<Int>] {
        switch self {
        case .text(let bytes): return text.places(of: bytes, in: range)
        case .expression(let expression): return expression.places(in: text, range: range)
        case .words(let pattern):
            var words: [Range<Int>] = []
            pattern.appendWords(of: text, in: range, to: &words)
            return words
        }
    }

    /// Copies a range of a text with other bytes in the place of every match.
    func replace(in text: [UInt8], range: Range<Int>, with content: [UInt8]) -> [UInt8] {
        let places = places(in: text, range: range)
        guard !places.isEmpty else { return Array(text[range]) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(range.count + places.count * content.count)
        var copied = range.lowerBound
        for place in places {
            bytes += text[copied..<place.lowerBound]
            bytes += content
            copied = place.upperBound
        }
        return bytes + text[copied..<range.upperBound]
    }
}
