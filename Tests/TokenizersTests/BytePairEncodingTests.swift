import Foundation
import Testing

@testable import Tokenizers

@Suite struct BytePairEncodingTests {
    /// Merges of a few letters, each into a text that no other merge makes.
    private func randomMerges(_ generator: inout SeededGenerator) -> [(String, String)] {
        var tokens = ["a", "b", "c"]
        var merges: [(String, String)] = []
        while merges.count < 12 {
            let left = tokens.randomElement(using: &generator) ?? "a"
            let right = tokens.randomElement(using: &generator) ?? "b"
            guard !tokens.contains(left + right) else { continue }
            tokens.append(left + right)
            merges.append((left, right))
        }
        return merges.shuffled(using: &generator)
    }

    /// The plain algorithm: make the first merge that can be made, at its first place; again.
    private func naiveTokens(of word: String, _ merges: [(String, String)]) -> [String] {
        var tokens = word.map(String.init)
        while true {
            let next = merges.lazy.compactMap { left, right in
                zip(tokens, tokens.dropFirst()).enumerated()
                    .first { $0.element == (left, right) }?.offset
            }.first
            guard let place = next else { return tokens }
            tokens[place...place + 1] = [tokens[place] + tokens[place + 1]]
        }
    }

    @Test func tokensAreThoseOfThePlainAlgorithm() throws {
        var generator = SeededGenerator(state: 5)
        for _ in 0..<30 {
            let merges = randomMerges(&generator)
            let vocabulary = (["a", "b", "c"] + merges.map { $0 + $1 }).enumerated()
                .map { "\"\($0.element)\": \($0.offset)" }.joined(separator: ", ")
            let json = try smallFile("\"a\": 0, \"b\": 1, \"ab\": 2", vocabulary)
                .replacingOccurrences(of: "\"id\": 3", with: "\"id\": 15")
                .replacingOccurrences(
                    of: "\"a b\"", with: merges.map { "\"\($0) \($1)\"" }.joined(separator: ","))
            let tokenizer = try Tokenizer(json)
            // From 16 bytes on words are cut, and from 40 tokens on they merge in another way.
            for length in [1, 2, 3, 5, 8, 14, 15, 16, 17, 30, 39, 40, 41, 70] {
                let word = (0..<length)
                    .map { _ in ["a", "b", "c"].randomElement(using: &generator) ?? "a" }.joined()
                let tokens = tokenizer.encode(word).compactMap { tokenizer.token(for: $0) }
                #expect(tokens == naiveTokens(of: word, merges), "\(word), \(merges)")
            }
        }
    }

    /// Merging by repeated scans of the word would take minutes.
    @Test(.timeLimit(.minutes(1))) func aLongWordIsEncodedInTime() throws {
        let tokenizer = try Tokenizer(smallFile)
        let tokens = tokenizer.encode(String(repeating: "ab", count: 25_000) + "a")
        #expect(tokens.count == 25_001)
        #expect(tokens.first == 2 && tokens.last == 0)
    }

    @Test func textsThatAreEncodedAtOnceHaveTheSameTokens() async throws {
        let tokenizer = try Tokenizer(folder: fixtures.appending(path: "gpt2-tiny"))
        let text = String(repeating: "The quick brown fox, 42 dogs. ", count: 20)
        let expected = tokenizer.encode(text)
        await withTaskGroup(of: [Int].self) { group in
            for _ in 0..<8 { group.addTask { tokenizer.encode(text) } }
            for await tokens in group { #expect(tokens == expected) }
        }
    }

    /// The package puts the bytes of a character before unknown ones that came earlier.
    @Test func bytesAndUnknownCharactersComeInTheOrderOfTheRustPackage() throws {
        let json = try smallFile(
            #"{"type": "ByteLevel", "add_prefix_space": false}"#, "null"
        ).replacingOccurrences(
            of: #""merges": ["a b"]"#,
            with: #""merges": [], "byte_fallback": true, "unk_token": "b", "fuse_unk": true"#
        ).replacingOccurrences(of: #""ab": 2"#, with: #""<0x63>": 2"#)
        #expect(try Tokenizer(json).encode("adca") == [0, 2, 1, 0])
        #expect(try Tokenizer(json).encode("ddcda") == [2, 1, 0])
    }
}
