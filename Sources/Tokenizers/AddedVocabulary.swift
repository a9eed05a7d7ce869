/// `added_tokens` of a tokenizer file: the stage that finds them in a text.
struct AddedVocabulary: Sendable {
    /// A part of a text.
    enum Segment {
        case token(Int)
        /// Normalized text without added tokens.
        case text(Scalars)
    }

    private var ids: [TokenText: Int] = [:]
    private var tokens: [Int: AddedToken] = [:]
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
        }
        matcher = AddedTokenMatcher(
            tokens.values.filter { !$0.isNormalized }.map { ($0, Array($0.content.unicodeScalars)) }
        )
        normalizedMatcher = AddedTokenMatcher(
            tokens.values.filter(\.isNormalized).map {
                ($0, Array(normalizer.normalize(Array($0.content.unicodeScalars)[...])))
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

    func isSpecial(_ id: Int) -> Bool { tokens[id]?.isSpecial ?? false }

    /// Finds the added tokens: first in the text as it is, then in what its normalization leaves.
    func segments(of text: Scalars, normalizer: Normalizer) -> [Segment] {
        matcher.segments(of: text).flatMap { segment in
            switch segment {
            case .token: [segment]
            case .text(let text): normalizedMatcher.segments(of: normalizer.normalize(text))
            }
        }
    }
}
