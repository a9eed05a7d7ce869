import Foundation
import Testing

@testable import Tokenizers

/// What the Rust package tokenizers does with the fixture and with variants of it.
private struct Golden: Decodable {
    struct Encoding: Decodable {
        let text: String
        let ids: [Int]
    }
    struct Decoding: Decodable {
        let ids: [Int]
        let text: String
        let textWithSpecialTokens: String
    }
    struct Variant: Decodable {
        let name: String
        /// A text in the file, what replaces it, the next text, and so on.
        let changes: [String]
        let encodings: [Encoding]
    }
    let encodings: [Encoding]
    let withSpecialTokens: [Encoding]
    let decodings: [Decoding]
    let variants: [Variant]

    static func read() throws -> Golden {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(
            Golden.self, from: Data(contentsOf: fixtures.appending(path: "goldens.json")))
    }
}

@Suite struct TokenizerGoldenTests {
    private let folder = fixtures.appending(path: "gpt2-tiny")
    private let golden: Golden
    private let tokenizer: Tokenizer

    init() throws {
        golden = try Golden.read()
        tokenizer = try Tokenizer(folder: folder)
    }

    @Test func idsAreThoseOfTheRustPackage() {
        #expect(golden.encodings.count > 400)
        for encoding in golden.encodings {
            #expect(
                tokenizer.encode(encoding.text) == encoding.ids, "\(encoding.text.debugDescription)"
            )
        }
    }

    @Test func idsWithSpecialTokensAreThoseOfTheRustPackage() {
        for encoding in golden.withSpecialTokens {
            #expect(tokenizer.encode(encoding.text, addingSpecialTokens: true) == encoding.ids)
        }
    }

    @Test func textIsThatOfTheRustPackage() {
        #expect(golden.decodings.count == 200)
        for decoding in golden.decodings {
            let text = tokenizer.decode(decoding.ids)
            #expect(text.utf8.elementsEqual(decoding.text.utf8), "\(decoding.ids)")
            let whole = tokenizer.decode(decoding.ids, skippingSpecialTokens: false)
            #expect(
                whole.utf8.elementsEqual(decoding.textWithSpecialTokens.utf8), "\(decoding.ids)")
        }
    }

    @Test func everySettingDoesWhatItDoesInTheRustPackage() throws {
        let file = try String(contentsOf: folder.appending(path: "tokenizer.json"), encoding: .utf8)
        #expect(golden.variants.count == 6)
        for variant in golden.variants {
            var json = file
            for place in stride(from: 0, to: variant.changes.count, by: 2) {
                json = json.replacingOccurrences(
                    of: variant.changes[place], with: variant.changes[place + 1])
            }
            let changed = try Tokenizer(json)
            for encoding in variant.encodings {
                #expect(changed.encode(encoding.text) == encoding.ids, "\(variant.name)")
            }
            // Otherwise the variant would show nothing.
            #expect(
                variant.encodings.contains { tokenizer.encode($0.text) != $0.ids },
                "\(variant.name)")
        }
    }

    @Test func theEndTokenIsThatOfTheConfiguration() {
        #expect(tokenizer.endOfTextToken == tokenizer.id(of: "<|endoftext|>"))
        #expect(tokenizer.vocabularySize == 513)
    }
}
