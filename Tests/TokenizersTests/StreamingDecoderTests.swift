import Foundation
import Testing

@testable import Tokenizers

@Suite struct StreamingDecoderTests {
    private let tokenizer = Tokenizer.byteLevel()

    @Test func aCharacterIsGivenOutWithItsLastByteAndNotBefore() {
        var generator = SeededGenerator(state: 2)
        for _ in 0..<100 {
            let text = generator.text(count: 20)
            var decoder = StreamingDecoder(tokenizer)
            for scalar in text.unicodeScalars {
                let bytes = Array(String(scalar).utf8)
                for byte in bytes.dropLast() { #expect(decoder.append(Int(byte)) == "") }
                #expect(decoder.append(Int(bytes.last ?? 0)).unicodeScalars.elementsEqual([scalar]))
            }
            #expect(decoder.finish() == "")
        }
    }

    /// Bytes that are mostly no UTF-8: leads without their rest, rests without a lead.
    @Test func thePartsOfRandomBytesAddUpToDecode() {
        var generator = SeededGenerator(state: 3)
        let edges = [0x41, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC2, 0xE0, 0xE2, 0xED, 0xF0]
        for round in 0..<400 {
            let tokens = (0..<24).map { _ in
                round % 2 == 0
                    ? Int.random(in: 0...257, using: &generator)
                    : edges.randomElement(using: &generator) ?? 0xF4
            }
            var decoder = StreamingDecoder(tokenizer)
            let parts = tokens.map { decoder.append($0) } + [decoder.finish()]
            #expect(parts.joined() == tokenizer.decode(tokens), "\(tokens)")
        }
    }

    @Test func thePartsOfRandomTokensAddUpToDecode() throws {
        let tokenizer = try Tokenizer(folder: fixtures.appending(path: "gpt2-tiny"))
        var generator = SeededGenerator(state: 4)
        for skips in [true, false] {
            for _ in 0..<100 {
                let tokens = (0..<30).map { _ in
                    Int.random(in: 0...tokenizer.vocabularySize, using: &generator)
                }
                var decoder = StreamingDecoder(tokenizer, skippingSpecialTokens: skips)
                let parts = tokens.map { decoder.append($0) } + [decoder.finish()]
                #expect(
                    parts.joined() == tokenizer.decode(tokens, skippingSpecialTokens: skips))
            }
        }
    }

    @Test func anEndWithinACharacterIsOneReplacementCharacter() {
        var decoder = StreamingDecoder(tokenizer)
        for byte in "🙂".utf8.dropLast() { #expect(decoder.append(Int(byte)) == "") }
        #expect(decoder.finish() == "\u{FFFD}")
        #expect(decoder.finish() == "")
        #expect(decoder.append(97) == "a")
    }

    @Test func aSpecialTokenWithinACharacterDoesNotSplitIt() {
        var decoder = StreamingDecoder(tokenizer)
        #expect([0xC3, 256, 0xA9].map { decoder.append($0) } == ["", "", "é"])
        decoder = StreamingDecoder(tokenizer, skippingSpecialTokens: false)
        #expect(decoder.append(0xC3) == "")
        #expect(decoder.append(256) == "\u{FFFD}<|endoftext|>")
    }
}
