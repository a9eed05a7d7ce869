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
    var files: TokenizerFiles
    private let addedTokens: AddedVocabulary
    private let normalizer: Normalizer
    private let preTokenizer: PreTokenizer
    private let model: TokenModel
    private let postProcessor: PostProcessor
    let decoder: TokenDecoder
    private let memory = EncodingMemory()

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
        let model = try TokenModel(
            file.required("model"), spellsBytes: preTokenizer.spellsBytes)
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
        let segments = addedTokens.segments(of: Array(text.utf8), normalizer: normalizer)
        memory.use { memory in
            for segment in segments {
                switch segment {
                case .token(let id): tokens.append(id)
                case .text(let text, let startsText):
                    let words = preTokenizer.words(of: text, startsText: startsText)
                    model.encode(words, memory: &memory, into: &tokens)
                }
            }
        }
        return postProcessor.process(tokens, addingSpecialTokens: addingSpecialTokens)
    }

    /// The text of tokens; ids without a token are left out.
    ///
    /// Tokens may stop within a character, or make none. In a byte-level tokenizer each ill-formed
    /// sequence of UTF-8 becomes one U+FFFD, with the maximal subparts of the Unicode Standard (as
    /// Rust's `from_utf8_lossy`); with byte fallback each byte of a run that is not UTF-8 does. To
    /// decode tokens one by one, use ``StreamingDecoder``.
    ///
    /// - Parameters:
    ///   - tokens: the ids.
    ///   - skippingSpecialTokens: whether special tokens are left out too.
    /// - Returns: well-formed text.
    public func decode(_ tokens: [Int], skippingSpecialTokens: Bool = true) -> String {
        var state = DecodingState(decoder)
        var text: [UInt8] = []
        for id in tokens {
            guard let token = shownToken(id, skippingSpecialTokens: skippingSpecialTokens) else {
                continue
            }
            state.append(token, to: &text)
        }
        state.finish(&text)
        return String(decoding: text, as: UTF8.self)
    }

    /// What decoding sees of a token, or nil where it leaves it out.
    func shownToken(_ id: Int, skippingSpecialTokens: Bool) -> String? {
        guard let text = addedTokens.decodedText(of: id) else {
            return model.vocabulary.text(of: id)
        }
        return skippingSpecialTokens && addedTokens.isSpecial(text) ? nil : text
    }

    /// A token as the file spells it: in a byte-level tokenizer "Ġ" is a space.
    public func token(for id: Int) -> String? {
        addedTokens.text(of: id) ?? model.vocabulary.text(of: id)
    }

    /// Whether a token is one of `added_tokens`, which are found in the text as it is.
    package func isAddedToken(_ id: Int) -> Bool { addedTokens.text(of: id) != nil }

    /// The id of a token as the file spells it.
    public func id(of token: String) -> Int? {
        addedTokens.id(of: token) ?? model.vocabulary.id(of: token)
    }
}
