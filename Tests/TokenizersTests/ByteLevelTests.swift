import Foundation
import Testing

@testable import Tokenizers

@Suite struct ByteLevelTests {
    private let tokenizer = Tokenizer.byteLevel()

    @Test func anyTextComesBackAndItsTokensAreItsBytes() {
        var generator = SeededGenerator(state: 1)
        for _ in 0..<300 {
            let text = generator.text(count: Int.random(in: 0...30, using: &generator))
            let tokens = tokenizer.encode(text)
            #expect(tokens == text.utf8.map(Int.init))
            #expect(tokenizer.decode(tokens).utf8.elementsEqual(text.utf8))
        }
    }

    @Test func everyByteIsTheTokenOfItsValue() throws {
        for byte in 0...255 {
            let token = try #require(tokenizer.token(for: byte))
            #expect(tokenizer.id(of: token) == byte)
            #expect(ByteAlphabet.bytes(of: Array(token.utf8)) == [UInt8(byte)])
        }
    }

    @Test func specialTokensFollowFrom256AndTheFirstEndsAText() {
        let tokenizer = Tokenizer.byteLevel(specialTokens: ["<end>", "<|im_start|>", "數 \"\\\n"])
        #expect(tokenizer.endOfTextToken == 256)
        #expect(tokenizer.vocabularySize == 259)
        #expect(tokenizer.encode("a<end>數 \"\\\n<|im_start|>") == [97, 256, 258, 257])
        #expect(tokenizer.decode([97, 256, 258, 98]) == "ab")
        #expect(
            tokenizer.decode([97, 256, 258, 98], skippingSpecialTokens: false)
                == "a<end>數 \"\\\nb")
    }

    @Test func thereNeedBeNoSpecialToken() {
        let tokenizer = Tokenizer.byteLevel(specialTokens: [])
        #expect(tokenizer.endOfTextToken == nil)
        #expect(tokenizer.vocabularySize == 256)
        #expect(tokenizer.encode("<|endoftext|>").count == 13)
    }

    @Test func theDefaultEndsATextWith256() {
        #expect(tokenizer.endOfTextToken == 256)
        #expect(tokenizer.vocabularySize == 257)
        #expect(tokenizer.encode("<|endoftext|>") == [256])
    }

    @Test func nothingIsAddedWhereThereIsNoPostProcessor() {
        #expect(tokenizer.encode("a", addingSpecialTokens: true) == [97])
    }

    @Test func idsWithoutATokenAreLeftOut() {
        #expect(tokenizer.decode([-1, 97, 257, .max, .min, 98]) == "ab")
        #expect(tokenizer.token(for: 257) == nil)
        #expect(tokenizer.id(of: "ab") == nil)
    }
}
