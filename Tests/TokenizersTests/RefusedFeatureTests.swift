import Testing

@testable import Tokenizers

/// Features of tokenizer files that other models have and this library does not know.
@Suite struct RefusedFeatureTests {
    private static let missing =
        " is missing or null; expected a file that the tokenizers package wrote: fetch it again"
    private static let preTokenizer = #"{"type": "ByteLevel", "add_prefix_space": false}"#
    private static let postProcessor = #""post_processor": {"type": "ByteLevel"}"#
    private static let decoder = #""decoder": {"type": "ByteLevel"}"#

    private static let decoders =
        "ByteLevel, Replace, ByteFallback, Fuse, Strip, Metaspace, Sequence"
    private static let expressions =
        " is not supported; supported: expressions that mean the same to ICU "
        + "(NSRegularExpression) and Oniguruma"

    private static func split(_ pattern: String, _ behavior: String) -> String {
        #"{"type": "Split", "pattern": \#(pattern), "behavior": "\#(behavior)", "invert": false}"#
    }

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
            "BERT's normalizer", #""normalizer": null"#,
            #""normalizer": {"type": "BertNormalizer"}"#,
            #"normalizer.type: "BertNormalizer" is not supported; supported: null, NFC, NFD, NFKC, "#
                + "NFKD, Replace, Prepend, Lowercase, Strip, Sequence"),
        Case(
            "BERT's words, in a sequence", preTokenizer,
            #"{"type": "Sequence", "pretokenizers": [{"type": "BertPreTokenizer"}]}"#,
            #"pre_tokenizer.pretokenizers[0].type: "BertPreTokenizer" is not supported; supported: "#
                + "ByteLevel, Split, Metaspace, Digits, Whitespace, WhitespaceSplit, Sequence"),
        Case(
            "an expression that is none", preTokenizer, split(#"{"Regex": "a("}"#, "Isolated"),
            #"pre_tokenizer.pattern.Regex: "a(""# + expressions),
        Case(
            "an expression that means something else", preTokenizer,
            split(#"{"Regex": "\\h+"}"#, "Isolated"),
            #"pre_tokenizer.pattern.Regex: "\\h+""# + expressions),
        Case(
            "a behavior", preTokenizer, split(#"{"String": "a"}"#, "Shuffled"),
            #"pre_tokenizer.behavior: "Shuffled" is not supported; supported: "Removed", "#
                + #""Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous""#),
        Case(
            "a prepend scheme", preTokenizer,
            #"{"type": "Metaspace", "replacement": "_", "prepend_scheme": "last"}"#,
            #"pre_tokenizer.prepend_scheme: "last" is not supported; supported: "always", "#
                + #""first", "never""#),
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
            "BERT's text", decoder, #""decoder": {"type": "WordPiece"}"#,
            #"decoder.type: "WordPiece" is not supported; supported: "# + decoders),
        Case(
            "words joined by spaces", decoder, #""decoder": null"#,
            "decoder: null is not supported; supported: " + decoders),
        Case(
            "a text that loses its end", decoder,
            #""decoder": {"type": "Sequence", "decoders": [{"type": "Fuse"}, "#
                + #"{"type": "Strip", "content": " ", "start": 0, "stop": 1}]}"#,
            #"decoder.decoders[1].type: "Strip" is not supported; "#
                + "supported: Fuse, and one Strip from the start, after Fuse"),
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
