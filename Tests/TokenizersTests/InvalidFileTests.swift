import Testing

@testable import Tokenizers

/// Files of well-formed JSON that contradict themselves or lack something.
@Suite struct InvalidFileTests {
    static let cases = [
        Case("no model", "\"model\":", "\"version\":", "version: expected the key once, found it 2 times; correct the file"),
        Case("no vocabulary", "\"vocab\"", "\"dropout\"", "model.dropout: an object of 3 is not supported; supported: null, 0. Choose a model whose tokenizer uses these"),
        Case("a vocabulary of null", "{\"a\": 0, \"b\": 1, \"ab\": 2}", "null", "model.vocab is missing or null; expected a file that the tokenizers package wrote: fetch it again"),
        Case("a list as vocabulary", "{\"a\": 0, \"b\": 1, \"ab\": 2}", "[1, 2]", "model.vocab: expected an object, found a list of 2; correct the file"),
        Case("a negative id", "\"b\": 1", "\"b\": -1", "model.vocab.\"b\": expected a whole number from 0 to 4294967295, found -1; correct the file"),
        Case("an id beyond 32 bits", "\"b\": 1", "\"b\": 4294967296", "model.vocab.\"b\": expected a whole number from 0 to 4294967295, found 4294967296; correct the file"),
        Case("an id beyond 64 bits", "\"b\": 1", "\"b\": 99999999999999999999", "model.vocab.\"b\": expected a whole number from 0 to 4294967295, found 1e+20; correct the file"),
        Case("an id with a fraction", "\"b\": 1", "\"b\": 1.5", "model.vocab.\"b\": expected a whole number from 0 to 4294967295, found 1.5; correct the file"),
        Case("an id of two tokens", "\"b\": 1", "\"b\": 0", "model.vocab.\"b\": expected an id of its own, found 0, which is that of \"a\" too; correct the file"),
        Case("a token twice", "\"b\": 1", "\"a\": 1", "model.vocab.\"a\": expected the token once, found it twice; correct the file"),
        Case("merges of an object", "[\"a b\"]", "{}", "model.merges: expected a list of pairs of tokens, found an object of 0; correct the file"),
        Case("a merge of one", "\"a b\"", "\"ab\"", "model.merges[0]: expected two tokens: \"a b\" or [\"a\", \"b\"], found \"ab\"; correct the file"),
        Case("a merge of three", "\"a b\"", "[\"a\", \"b\", \"a\"]", "model.merges[0]: expected two tokens: \"a b\" or [\"a\", \"b\"], found a list of 3; correct the file"),
        Case("a merge of numbers", "\"a b\"", "[0, 1]", "model.merges[0]: expected two tokens: \"a b\" or [\"a\", \"b\"], found a list of 2; correct the file"),
        Case("a merge of an unknown token", "\"a b\"", "\"a b\", \"c a\"", "model.merges[1]: expected two tokens of model.vocab whose concatenation is there too, found \"c a\"; correct the file"),
        Case("a merge into an unknown token", "\"a b\"", "\"b a\"", "model.merges[0]: expected two tokens of model.vocab whose concatenation is there too, found \"b a\"; correct the file"),
        Case("an unknown unknown token", "\"merges\"", "\"unk_token\": \"?\", \"merges\"", "model.unk_token: expected a token of model.vocab, found \"?\"; correct the file"),
        Case("a number as a flag", "\"merges\"", "\"fuse_unk\": 1, \"merges\"", "model.fuse_unk: expected true or false, found 1; correct the file"),
        Case("a missing id", "\"id\": 3, ", "", "added_tokens[0].id is missing or null; expected a file that the tokenizers package wrote: fetch it again"),
        Case("another id", "\"id\": 3", "\"id\": 4", "added_tokens[0].id: expected 3, which the tokenizers package gives it, found 4; correct the file"),
        Case("a text as id", "\"id\": 3", "\"id\": \"3\"", "added_tokens[0].id: expected a whole number from 0 to 4294967295, found \"3\"; correct the file"),
        Case("an empty added token", "\"<e>\"", "\"\"", "added_tokens[0].content: expected some text, found \"\"; correct the file"),
        Case("a key twice", "\"lstrip\": false", "\"lstrip\": false, \"lstrip\": true", "added_tokens[0].lstrip: expected the key once, found it 2 times; correct the file"),
        Case("added tokens of an object", "\"added_tokens\": [", "\"added_tokens\": {}, \"padding\": [", "padding: expected the key once"),
        Case("a stage without a type", "{\"type\": \"ByteLevel\", \"add_prefix_space\": false}", "{}", "pre_tokenizer.type is missing or null; expected a file that the tokenizers package wrote: fetch it again"),
        Case("a stage of text", "{\"type\": \"ByteLevel\", \"add_prefix_space\": false}", "\"ByteLevel\"", "pre_tokenizer: expected an object, found \"ByteLevel\"; correct the file"),
        Case("a version of a number", "\"1.0\"", "1", "version: expected a string, found 1; correct the file"),
    ]

    @Test(arguments: cases)
    func isRefusedWithTheKeyAndTheNextMove(of file: Case) throws {
        let found = try message(smallFile(file.old, file.new).utf8)
        #expect(found == "model/tokenizer.json: \(file.message)")
    }
}
