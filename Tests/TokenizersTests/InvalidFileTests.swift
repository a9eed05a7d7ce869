import Testing

@testable import Tokenizers

/// Files of well-formed JSON that contradict themselves or lack something.
@Suite struct InvalidFileTests {
    /// With what the error says between the file and the next move.
    static let contradictions = [
        Case(
            "a list as vocabulary", #"{"a": 0, "b": 1, "ab": 2}"#, "[1, 2]",
            "model.vocab: expected an object, found a list of 2"),
        Case(
            "a negative id", #""b": 1"#, #""b": -1"#,
            #"model.vocab."b": expected a whole number from 0 to 4294967295, found -1"#),
        Case(
            "an id beyond 32 bits", #""b": 1"#, #""b": 4294967296"#,
            #"model.vocab."b": expected a whole number from 0 to 4294967295, found 4294967296"#),
        Case(
            "an id beyond 64 bits", #""b": 1"#, #""b": 99999999999999999999"#,
            #"model.vocab."b": expected a whole number from 0 to 4294967295, found 1e+20"#),
        Case(
            "an id with a fraction", #""b": 1"#, #""b": 1.5"#,
            #"model.vocab."b": expected a whole number from 0 to 4294967295, found 1.5"#),
        Case(
            "an id of two tokens", #""b": 1"#, #""b": 0"#,
            #"model.vocab."b": expected an id of its own, found 0, which is that of "a" too"#),
        Case(
            "a token twice", #""b": 1"#, #""a": 1"#,
            #"model.vocab."a": expected the token once, found it twice"#),
        Case(
            "merges of an object", #"["a b"]"#, "{}",
            "model.merges: expected a list of pairs of tokens, found an object of 0"),
        Case(
            "a merge of one", #""a b""#, #""ab""#,
            #"model.merges[0]: expected two tokens: "a b" or ["a", "b"], found "ab""#),
        Case(
            "a merge of three", #""a b""#, #"["a", "b", "a"]"#,
            #"model.merges[0]: expected two tokens: "a b" or ["a", "b"], found a list of 3"#),
        Case(
            "a merge of numbers", #""a b""#, "[0, 1]",
            #"model.merges[0]: expected two tokens: "a b" or ["a", "b"], found a list of 2"#),
        Case(
            "a merge of an unknown token", #""a b""#, #""a b", "c a""#,
            #"model.merges[1]: expected two tokens of model.vocab whose concatenation "#
                + #"is there too, found "c a""#
        ),
        Case(
            "a merge into an unknown token", #""a b""#, #""b a""#,
            #"model.merges[0]: expected two tokens of model.vocab whose concatenation "#
                + #"is there too, found "b a""#
        ),
        Case(
            "an unknown unknown token", #""merges""#, #""unk_token": "?", "merges""#,
            #"model.unk_token: expected a token of model.vocab, found "?""#),
        Case(
            "a number as a flag", #""merges""#, #""fuse_unk": 1, "merges""#,
            "model.fuse_unk: expected true or false, found 1"),
        Case(
            "another id", #""id": 3"#, #""id": 4"#,
            "added_tokens[0].id: expected 3, which the tokenizers package gives it, found 4"),
        Case(
            "a text as id", #""id": 3"#, #""id": "3""#,
            #"added_tokens[0].id: expected a whole number from 0 to 4294967295, found "3""#),
        Case(
            "an empty added token", #""<e>""#, #""""#,
            #"added_tokens[0].content: expected some text, found """#),
        Case(
            "a key twice", #""lstrip": false"#, #""lstrip": false, "lstrip": true"#,
            "added_tokens[0].lstrip: expected the key once, found it 2 times"),
        Case(
            "added tokens of text", #""added_tokens": ["#, #""added_tokens": "<e>", "padding": ["#,
            #"added_tokens: expected a list, found "<e>""#),
        Case(
            "a stage of text", #"{"type": "ByteLevel", "add_prefix_space": false}"#,
            #""ByteLevel""#, #"pre_tokenizer: expected an object, found "ByteLevel""#),
        Case("a version of a number", #""1.0""#, "1", "version: expected a string, found 1"),
    ]

    @Test(arguments: contradictions)
    func aContradictionIsNamedWithTheNextMove(of file: Case) throws {
        let found = try message(smallFile(file.old, file.new).utf8)
        #expect(found == "model/tokenizer.json: \(file.message); correct the file")
    }

    /// With the key that is missing.
    static let missing = [
        Case("no model", #""model":"#, #""truncation":"#, "model"),
        Case("no vocabulary", #""vocab": {"a": 0, "b": 1, "ab": 2}, "#, "", "model.vocab"),
        Case("a vocabulary of null", #"{"a": 0, "b": 1, "ab": 2}"#, "null", "model.vocab"),
        Case("a missing id", #""id": 3, "#, "", "added_tokens[0].id"),
        Case(
            "a stage without a type", #"{"type": "ByteLevel", "add_prefix_space": false}"#, "{}",
            "pre_tokenizer.type"),
    ]

    @Test(arguments: missing)
    func aMissingKeyIsNamedWithTheNextMove(of file: Case) throws {
        let found = try message(smallFile(file.old, file.new).utf8)
        let move = "expected a file that the tokenizers package wrote: fetch it again"
        #expect(found == "model/tokenizer.json: \(file.message) is missing or null; \(move)")
    }
}
