import Testing

@testable import Tokenizers

/// Features of tokenizer files that other models have and this library does not know.
@Suite struct RefusedFeatureTests {
    private static let missing =
        " is missing or null; expected a file that the tokenizers package wrote: fetch it again"
    private static let preTokenizer = #"{"type": "ByteLevel", "add_prefix_space": false}"#
    private static let postProcessor = #""post_processor": {"type": "ByteLevel"}"#
    private static let decoder = #""decoder": {"type": "ByteLevel"}"#

    private static func template(_ single: String, _ ids: String = "[3]") -> String {
        """
        "post_processor": {"type": "TemplateProcessing", "single": \(single), "pair": [], \
        "special_tokens": {"<e>": {"id": "<e>", "ids": \(ids), "tokens": ["<e>"]}}}
        """
    }

    /// What the message says is not supported, and what is.
    static let features = [
        Case(
            "a version", #""1.0""#, #""2.0""#,
            #"version: "2.0" is not supported; supported: "1.0""#),
        Case(
            "a stage of the future", #""truncation""#, #""rewriter""#,
            #"the file: the key "rewriter" is not supported; supported: version, truncation, padding, "#
                + #"added_tokens, normalizer, pre_tokenizer, post_processor, decoder, model"#
        ),
        Case(
            "Qwen's normalizer", #""normalizer": null"#, #""normalizer": {"type": "NFC"}"#,
            #"normalizer.type: "NFC" is not supported; supported: null"#),
        Case(
            "Qwen's and Llama 3's words", preTokenizer,
            #"{"type": "Sequence", "pretokenizers": []}"#,
            #"pre_tokenizer.type: "Sequence" is not supported; supported: ByteLevel"#),
        Case(
            "Llama 2's words", preTokenizer, "null",
            "pre_tokenizer: null is not supported; supported: ByteLevel"),
        Case(
            "a setting of the words", #""add_prefix_space": false"#,
            #""add_prefix_space": false, "digits": true"#,
            #"pre_tokenizer: the key "digits" is not supported; "#
                + #"supported: type, add_prefix_space, trim_offsets, use_regex"#
        ),
        Case(
            "unigrams", #""BPE""#, #""Unigram""#,
            #"model.type: "Unigram" is not supported; supported: BPE"#),
        Case(
            "word pieces", #""BPE""#, #""WordPiece""#,
            #"model.type: "WordPiece" is not supported; supported: BPE"#),
        Case(
            "bytes for unknown characters", #""merges""#, #""byte_fallback": true, "merges""#,
            "model.byte_fallback: true is not supported; supported: false"),
        Case(
            "dropout", #""merges""#, #""dropout": 0.1, "merges""#,
            "model.dropout: 0.1 is not supported; supported: null, 0"),
        Case(
            "a prefix within words", #""merges""#,
            #""continuing_subword_prefix": "@", "merges""#,
            #"model.continuing_subword_prefix: "@" is not supported; supported: null, """#),
        Case(
            "a suffix of words", #""merges""#, #""end_of_word_suffix": "</w>", "merges""#,
            #"model.end_of_word_suffix: "</w>" is not supported; supported: null, """#),
        Case(
            "a setting of the model", #""merges""#, #""max_length": 5, "merges""#,
            #"model: the key "max_length" is not supported; supported: type, dropout, unk_token, "#
                + #"continuing_subword_prefix, end_of_word_suffix, fuse_unk, byte_fallback, ignore_merges, vocab, merges"#
        ),
        Case(
            "a setting of an added token", #""special": true"#, #""special": true, "color": 1"#,
            #"added_tokens[0]: the key "color" is not supported; supported: id, content, single_word, "#
                + #"lstrip, rstrip, normalized, special"#
        ),
        Case(
            "BERT's special tokens", postProcessor,
            #""post_processor": {"type": "BertProcessing"}"#,
            #"post_processor.type: "BertProcessing" is not supported; supported: null, "#
                + #"ByteLevel, TemplateProcessing, Sequence"#
        ),
        Case(
            "a second text", postProcessor,
            template(#"[{"Sequence": {"id": "B", "type_id": 0}}]"#),
            #"post_processor.single[0].Sequence.id: "B" is not supported; supported: "A""#),
        Case(
            "a piece of a template", postProcessor, template(#"[{"Piece": {}}]"#),
            #"post_processor.single[0]: the key "Piece" is not supported; "#
                + #"supported: Sequence, SpecialToken"#
        ),
        Case(
            "Llama 2's text", decoder, #""decoder": {"type": "Sequence", "decoders": []}"#,
            #"decoder.type: "Sequence" is not supported; supported: ByteLevel"#),
        Case(
            "words joined by spaces", decoder, #""decoder": null"#,
            "decoder: null is not supported; supported: ByteLevel"),
    ]

    @Test(arguments: features)
    func isNamedWithWhatIsSupported(feature: Case) throws {
        let found = try message(smallFile(feature.old, feature.new).utf8)
        let move = ". Choose a model whose tokenizer uses these"
        #expect(found == "model/tokenizer.json: \(feature.message)\(move)")
    }

    static let templates = [
        Case(
            "no text", "[]", "[3]",
            "single: expected the text, Sequence A, once, found a list of 0; correct the file"),
        Case(
            "an id without a token", #"[{"SpecialToken": {"id": "<e>"}}]"#, "[4]",
            "special_tokens.<e>.ids[0]: expected the id of a token, found 4; correct the file"),
        Case(
            "an unknown special token", #"[{"SpecialToken": {"id": "<s>"}}]"#, "[3]",
            "special_tokens.<s>" + missing
        ),
        Case(
            "an empty piece", "[{}]", "[3]",
            "single[0].SpecialToken" + missing
        ),
    ]

    @Test(arguments: templates)
    func aTemplateThatMakesNoSenseIsRefused(_ file: Case) throws {
        let json = try smallFile(Self.postProcessor, Self.template(file.old, file.new))
        #expect(message(json.utf8) == "model/tokenizer.json: post_processor.\(file.message)")
    }

    static let endTokens = [
        Case(
            "an unknown token", #""<end>""#, "",
            #"eos_token: expected a token of tokenizer.json, found "<end>"; correct the file"#),
        Case(
            "a number", "3", "",
            "eos_token: expected a string, or an object with its content, found 3; correct the file"
        ),
        Case(
            "an object without content", #"{"id": 3}"#, "",
            "eos_token.content" + missing
        ),
    ]

    @Test(arguments: endTokens)
    func anEndTokenThatIsNoneIsRefused(_ file: Case) {
        let found = message(smallFile.utf8, configuration: "{\"eos_token\": \(file.old)}")
        #expect(found == "model/tokenizer_config.json: \(file.message)")
    }
}
