public import Foundation

/// Text to tokens and back, as the `tokenizer.json` of a Hugging Face model folder says.
///
/// The results are those of the tokenizers package. A text goes through the stages in this order:
/// ``AddedVocabulary``, ``Normalizer``, ``PreTokenizer``, ``TokenModel``, ``PostProcessor``; tokens
/// go back through ``TokenDecoder``. A file that needs more than these know is refused.
///
/// `truncation` and `padding` of the file are left to the code that makes batches, as transformers
/// does.
public struct Tokenizer: Sendable {
    let files: TokenizerFiles
    private let addedTokens: AddedVocabulary
    private let normalizer: Normalizer
    private let preTokenizer: PreTokenizer
    private let model: TokenModel
    private let postProcessor: PostProcessor
    private let decoder: TokenDecoder

    /// One more than the largest id.
    public let vocabularySize: Int

    /// The token that ends a text: `eos_token` of `tokenizer_config.json`.
    public let endOfTextToken: Int?

    /// Reads a tokenizer.
    ///
    /// - Parameters:
    ///   - json: what `tokenizer.json` holds.
    ///   - configuration: what `tokenizer_config.json` holds, if there is one.
    ///   - name: what errors call the folder.
    /// - Throws: ``TokenizerError``.
    public init(json: Data, configuration: Data?, name: String) throws(TokenizerError) {
        files = TokenizerFiles(tokenizer: json, configuration: configuration, folder: name)
        let file = try files.tokenizerNode()
        normalizer = try Normalizer(file.optional("normalizer"))
        preTokenizer = try PreTokenizer(file: file)
        let model = try TokenModel(file.required("model"))
        let addedTokens = try AddedVocabulary(
            file.optional("added_tokens"), model: model.vocabulary, normalizer: normalizer)
        postProcessor = try PostProcessor(file.optional("post_processor")) { id in
            addedTokens.text(of: id) != nil || model.vocabulary.text(of: id) != nil
        }
        decoder = try TokenDecoder(file: file)
        vocabularySize = max(model.vocabulary.largestID ?? -1, addedTokens.largestID ?? -1) + 1
        endOfTextToken = try files.endOfText().map { (node) throws(TokenizerError) in
            let text = try node.string()
            guard let id = addedTokens.id(of: text) ?? model.vocabulary.id(of: text) else {
                throw node.invalid(expected: "a token of tokenizer.json")
            }
            return id
        }
        self.model = model
        self.addedTokens = addedTokens
    }

    /// The tokens of a text.
    ///
    /// - Parameters:
    ///   - text: in which the text of added tokens, special ones too, becomes these tokens.
    ///   - addingSpecialTokens: whether to add the special tokens of the post-processor, such as a
    ///     token that begins a text. A rendered chat template has them already.
    /// - Returns: ids.
    public func encode(_ text: String, addingSpecialTokens: Bool = false) -> [Int] {
        var tokens: [Int] = []
        let scalars = Array(text.unicodeScalars)[...]
        for segment in addedTokens.segments(of: scalars, normalizer: normalizer) {
            switch segment {
            case .token(let id): tokens.append(id)
            case .text(let text):
                for word in preTokenizer.words(of: text) { model.encode(word, into: &tokens) }
            }
        }
        return postProcessor.process(tokens, addingSpecialTokens: addingSpecialTokens)
    }

    /// The text of tokens; ids without a token are left out.
    ///
    /// Tokens may stop within a character, or make none: each ill-formed sequence of UTF-8 becomes
    /// one U+FFFD, with the maximal subparts of the Unicode Standard (as Rust's
    /// `from_utf8_lossy`). To decode tokens one by one, use ``StreamingDecoder``.
    ///
    /// - Parameters:
    ///   - tokens: the ids.
    ///   - skippingSpecialTokens: whether special tokens are left out too.
    /// - Returns: well-formed text.
    public func decode(_ tokens: [Int], skippingSpecialTokens: Bool = true) -> String {
        let text = tokens.flatMap { bytes(of: $0, skippingSpecialTokens: skippingSpecialTokens) }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes that a token adds to the text, none where it is left out.
    func bytes(of id: Int, skippingSpecialTokens: Bool) -> [UInt8] {
        guard !(skippingSpecialTokens && addedTokens.isSpecial(id)), let token = token(for: id)
        else { return [] }
        return decoder.bytes(of: token)
    }

    /// A token as the file spells it: in a byte-level tokenizer "Ġ" is a space.
    public func token(for id: Int) -> String? {
        addedTokens.text(of: id) ?? model.vocabulary.text(of: id)
    }

    /// The id of a token as the file spells it.
    public func id(of token: String) -> Int? {
        addedTokens.id(of: token) ?? model.vocabulary.id(of: token)
    }
}
