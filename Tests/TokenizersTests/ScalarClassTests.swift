import Foundation
import Testing

@testable import Tokenizers

/// What the regular expressions of the Rust package call each character, in runs: the first and the
/// last of each, one after the other.
private struct Characters: Decodable {
    let letters: [UInt32]
    let marks: [UInt32]
    let numbers: [UInt32]
    let whiteSpace: [UInt32]
    let wordCharacters: [UInt32]

    static func read() throws -> Characters {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(
            Characters.self, from: Data(contentsOf: fixtures.appending(path: "characters.json")))
    }
}

@Suite struct ScalarClassTests {
    @Test func everyCharacterHasTheClassesOfTheRustPackage() throws {
        let golden = try Characters.read()
        var found = [ScalarClass: Runs]()
        var words = Runs()
        for value in UInt32(0)...0x10FFFF {
            guard let scalar = Unicode.Scalar(value) else { continue }
            found[ScalarClass(scalar), default: Runs()].append(value)
            if scalar.isWordCharacter { words.append(value) }
        }
        #expect(found[.letter]?.bounds == golden.letters)
        #expect(found[.mark]?.bounds == golden.marks)
        #expect(found[.number]?.bounds == golden.numbers)
        #expect(found[.whiteSpace]?.bounds == golden.whiteSpace)
        #expect(words.bounds == golden.wordCharacters)
    }

    private struct Runs {
        var bounds: [UInt32] = []

        mutating func append(_ value: UInt32) {
            if let last = bounds.last, last + 1 == value {
                bounds[bounds.count - 1] = value
            } else {
                bounds += [value, value]
            }
        }
    }
}
