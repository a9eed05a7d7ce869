import Foundation
import Testing

@testable import Tokenizers

/// What the Rust package tokenizers does with the shapes of published tokenizers.
private struct Shape: Decodable, Sendable, CustomTestStringConvertible {
    struct Encoding: Decodable, Sendable {
        let text: String
        let ids: [Int]
    }
    struct Decoding: Decodable, Sendable {
        let ids: [Int]
        let text: String
        let textWithSpecialTokens: String
    }
    let name: String
    let file: String
    let encodings: [Encoding]
    let decodings: [Decoding]

    var testDescription: String { name }

    static let all: [Shape] = {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let data = (try? Data(contentsOf: fixtures.appending(path: "shapes.json"))) ?? Data()
        return (try? decoder.decode([Shape].self, from: data)) ?? []
    }()
}

@Suite struct TokenizerShapeTests {
    @Test func everyShapeIsThere() {
        #expect(Shape.all.count == 15)
    }

    @Test(arguments: Shape.all)
    private func idsAreThoseOfTheRustPackage(of shape: Shape) throws {
        let tokenizer = try Tokenizer(shape.file)
        #expect(shape.encodings.count == 49)
        for encoding in shape.encodings {
            let ids = tokenizer.encode(encoding.text, addingSpecialTokens: true)
            #expect(ids == encoding.ids, "\(encoding.text.debugDescription)")
        }
    }

    @Test(arguments: Shape.all)
    private func textIsThatOfTheRustPackage(of shape: Shape) throws {
        let tokenizer = try Tokenizer(shape.file)
        #expect(shape.decodings.count == 50)
        for decoding in shape.decodings {
            let text = tokenizer.decode(decoding.ids)
            #expect(text.utf8.elementsEqual(decoding.text.utf8), "\(decoding.ids)")
            let whole = tokenizer.decode(decoding.ids, skippingSpecialTokens: false)
            #expect(
                whole.utf8.elementsEqual(decoding.textWithSpecialTokens.utf8), "\(decoding.ids)")
        }
    }

    /// Half a character would come out as U+FFFD, and the parts would not add up.
    @Test(arguments: Shape.all)
    private func aStreamAddsUpToTheTextOfTheRustPackage(of shape: Shape) throws {
        let tokenizer = try Tokenizer(shape.file)
        for decoding in shape.decodings {
            var decoder = StreamingDecoder(tokenizer)
            // Twice: after its end the decoder is as new.
            for _ in 0..<2 {
                let parts = decoding.ids.map { decoder.append($0) } + [decoder.finish()]
                #expect(parts.joined().utf8.elementsEqual(decoding.text.utf8), "\(decoding.ids)")
            }
        }
    }
}
