/// `added_tokens` of a tokenizer file: the stage that finds them in a text.
struct AddedVocabulary: Sendable {
    /// A part of a text.
    enum Segment {
        case token(Int)
        /// Normalized text without added tokens, and whether it begins the whole text.
        case text([UInt8], startsText: Bool)
    }

    private var ids: [TokenText: Int] = [:]
    private var tokens: [Int: AddedToken] = [:]
    /// What decoding makes of each: the tokenizers package (0.23) gives back normalized tokens
    /// normalized.
    private var decodedTexts: [Int: String] = [:]
    /// Decoding leaves out what spells one of these.
    private var specialTexts: Set<TokenText> = []
    private let matcher: AddedTokenMatcher
    private let normalizedMatcher: AddedTokenMatcher
    /// The largest id.
    private(set) var largestID: Int?

    init(
        _ node: FileNode?, model: Vocabulary, normalizer: Normalizer
    ) throws(TokenizerError) {
        for element in try node?.elements() ?? [] {
            let token = try AddedToken(element)
            guard ids[TokenText(token.content)] == nil else {
                throw element.child("content", .string(token.content))
                    .invalid(expected: "a token that is not listed before")
            }
            let id = Self.id(of: token.content, after: largestID, model: model)
            guard id == token.id else {
                throw element.child("id", .integer(token.id))
                    .invalid(expected: "\(id), which the tokenizers package gives it")
            }
            // The next free id may be one of the model's, where these have holes.
            guard tokens.updateValue(token, forKey: id) == nil else {
                throw element.child("id", .integer(id)).invalid(expected: "an id of its own")
            }
            ids[TokenText(token.content)] = id
            largestID = max(id, largestID ?? 0)
            if token.isSpecial { specialTexts.insert(TokenText(token.content)) }
            if token.isNormalized {
                let normalized = normalizer.normalize(Array(token.content.utf8))
                decodedTexts[id] = String(decoding: normalized, as: UTF8.self)
            }
        }
        matcher = AddedTokenMatcher(
            tokens.values.filter { !$0.isNormalized }.map { ($0, Array($0.content.utf8)) })
        normalizedMatcher = AddedTokenMatcher(
            tokens.values.filter(\.isNormalized).map {
                ($0, normalizer.normalize(Array($0.content.utf8)))
            })
    }

    /// The id that the tokenizers package gives: that of the model, or else the next free one.
    ///
    /// It does so whatever id the file has, so a file with another one has no clear meaning.
    private static func id(of content: String, after largest: Int?, model: Vocabulary) -> Int {
        model.id(of: content) ?? max(largest.map { $0 + 1 } ?? 0, model.count)
    }

    func id(of text: String) -> Int? { ids[TokenText(text)] }

    func text(of id: Int) -> String? { tokens[id]?.content }

    /// What decoding makes of a token, nil where it is no added one.
    func decodedText(of id: Int) -> String? { decodedTexts[id] ?? tokens[id]?.content }

    /// Whether decoding can leave a text out: that of a special token.
    func isSpecial(_ text: String) -> Bool { specialTexts.contains(TokenText(text)) }

    /// Finds the added tokens: first in the text as it is, then in what its normalization leaves.
    func segments(of text: [UInt8], normalizer: Normalizer) -> [Segment] {
        var segments: [Segment] = []
        for segment in matcher.segments(of: text) {
            switch segment {
            case .token(let id): segments.append(.token(id))
            case .text(let range):
                let part = range.count == text.count ? text : Array(text[range])
                appendSegments(
                    of: normalizer.normalize(part), startsText: range.lowerBound == 0,
                    to: &segments)
            }
        }
        return segments
    }

    private func appendSegments(
        of text: [UInt8], startsText: Bool, to segments: inout [Segment]
    ) {
        for segment in normalizedMatcher.segments(of: text) {
            switch segment {
            case .token(let id): segments.append(.token(id))
            case .text(let range):
                let part = range.count == text.count ? text : Array(text[range])
                segments.append(.text(part, startsText: startsText && range.lowerBound == 0))
            }
        }
    }
}
