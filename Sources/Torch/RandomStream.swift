/// A stream of random numbers that depends on nothing but the words it is made from.
///
/// The words name the use: run seed, step, prompt, sample. So a completion's numbers do not depend
/// on what else is in its batch, and a resumed run draws the same. SplitMix64 (Steele, Lea &
/// Flood 2014) over a mix of the words.
public struct RandomStream: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// A stream of its own for these words, in this order.
    public init(_ words: UInt64...) {
        state = 0x243F_6A88_85A3_08D3
        for word in words {
            state = Self.mix(state &+ Self.increment ^ Self.mix(word &+ Self.increment))
        }
    }

    /// The next 64 random bits.
    public mutating func next() -> UInt64 {
        state &+= Self.increment
        return Self.mix(state)
    }

    /// The next number in [0, 1), a multiple of 2⁻⁵³.
    public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

    private static let increment: UInt64 = 0x9E37_79B9_7F4A_7C15

    private static func mix(_ word: UInt64) -> UInt64 {
        var z = word
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
