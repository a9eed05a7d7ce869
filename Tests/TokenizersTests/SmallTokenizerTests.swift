import Foundation
import Testing

@testable import Tokenizers

/// Forms of the file that the fixture does not have.
@Suite struct SmallTokenizerTests {
    @Test(arguments: [
        Case("pairs", #""a b""#, #"["a", "b"]"#, ""),
        Case("a line of the version", #""a b""#, ##""#version: 0.2", "a b""##, ""),
        Case("a model without a type", #""type": "BPE", "#, "", ""),
        Case("a file without a version", #""version": "1.0", "#, "", ""),
        Case("no dropout", #""merges""#, #""dropout": 0.0, "merges""#, ""),
        Case("affixes of no text", #""merges""#, #""end_of_word_suffix": "", "merges""#, ""),
        Case("a stage without padding", #""padding": null, "#, "", ""),
    ])
    func olderAndNewerFormsOfAFileMeanTheSame(_ form: Case) throws {
        let tokenizer = try Tokenizer(smallFile(form.old, form.new))
        #expect(tokenizer.encode("abba<e>b") == [2, 1, 0, 3, 1])
        #expect(tokenizer.decode([2, 1, 0, 3, 1]) == "abbab")
    }

    @Test(arguments: [#""<e>""#, #"{"content": "<e>", "lstrip": false}"#])
    func theEndTokenIsATextOrAnAddedToken(json: String) throws {
        let tokenizer = try Tokenizer(smallFile, configuration: "{\"eos_token\": \(json)}")
        #expect(tokenizer.endOfTextToken == 3)
    }

    @Test(arguments: ["{}", #"{"eos_token": null}"#])
    func aConfigurationNeedsNoEndToken(json: String) throws {
        #expect(try Tokenizer(smallFile, configuration: json).endOfTextToken == nil)
    }

    /// As strings of Swift the two are equal.
    @Test func tokensThatLookAlikeAreDifferentTokens() throws {
        let tokenizer = try Tokenizer(
            smallFile(#""ab": 2"#, "\"ab\": 2, \"\\u00e9\": 3, \"e\\u0301\": 4")
                .replacingOccurrences(of: #""id": 3"#, with: #""id": 5"#))
        #expect(tokenizer.id(of: "\u{E9}") == 3)
        #expect(tokenizer.id(of: "e\u{301}") == 4)
        #expect(TokenText("\u{E9}") != TokenText("e\u{301}"))
    }

    @Test func idsMayHaveHoles() throws {
        let json = try smallFile(#""ab": 2"#, #""ab": 70000"#)
        let tokenizer = try Tokenizer(json)
        #expect(tokenizer.vocabularySize == 70_001)
        #expect(tokenizer.encode("ab<e>") == [70_000, 3])
        #expect(tokenizer.decode([2, 70_000]) == "ab")
    }

    /// The next free id of the Rust package counts tokens, and may so be another token's.
    @Test func anAddedTokenDoesNotTakeTheIdOfAnother() throws {
        let added =
            #""content": "ab", "single_word": false, "lstrip": false, "#
            + #""rstrip": false, "normalized": false, "special": true}, {"id": 3, "#
        let json = try smallFile(#""ab": 2"#, #""ab": 3"#)
            .replacingOccurrences(of: #""content""#, with: added + #""content""#)
        #expect(
            message(json.utf8) == """
                model/tokenizer.json: added_tokens[1].id: expected 4, which the tokenizers package \
                gives it, found 3; correct the file
                """)
        let reversed = try smallFile(#""ab": 2"#, #""ab": 3"#).replacingOccurrences(
            of: #""special": true}"#,
            with: #""special": true}, {"id": 3, "# + added.prefix(while: { $0 != "}" }) + "}")
        #expect(
            message(reversed.utf8) == """
                model/tokenizer.json: added_tokens[1].id: expected an id of its own, found 3; \
                correct the file
                """)
    }

    @Test func anUnknownTokenThatIsNotThereIsNeverNeededWhereEveryByteIsAToken() throws {
        let tokens = ByteAlphabet.scalars.enumerated().map {
            "\(JSON.quoted(String($0.element))): \($0.offset)"
        }
        let json = try smallFile(#""a": 0, "b": 1, "ab": 2"#, tokens.joined(separator: ", "))
            .replacingOccurrences(of: #""id": 3"#, with: #""id": 256"#)
            .replacingOccurrences(
                of: #""merges": ["a b"]"#, with: #""unk_token": "<e>", "merges": []"#)
        #expect(try Tokenizer(json).encode("a数<e>") == [97, 0xE6, 0x95, 0xB0, 256])
    }
}
