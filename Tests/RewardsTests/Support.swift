import Foundation
import Rewards
import Testing

/// A completion, the answer beside it, and what is claimed of the pair.
struct Pair: Sendable, CustomTestStringConvertible {
    let name: String
    let completion: String
    let answer: String

    init(_ name: String, _ completion: String, _ answer: String) {
        self.name = name
        self.completion = completion
        self.answer = answer
    }

    var testDescription: String { name }
}

extension Reward {
    /// The score of a completion beside an answer.
    func score(_ completion: String, answer: String?) async throws -> Double? {
        try await score(RewardInput(completion: completion, answer: answer))
    }
}

/// A small generator with a fixed sequence for each seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A text of fragments, chosen and joined at random.
    mutating func text(from fragments: [String], count: Int) -> String {
        (0..<Int.random(in: 0...count, using: &self))
            .map { _ in fragments.randomElement(using: &self) ?? "" }
            .joined()
    }
}
