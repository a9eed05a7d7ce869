/// Decodes tokens as they come, and never gives out a part of a character.
///
/// A character here is a Unicode scalar; what one key press or one picture shows may be several.
/// Where characters fall back to tokens of bytes (`<0xF0>`), a run of them is held back until it
/// ends, because one byte decides whether the whole run is text.
/// The texts that it returns, ``finish()`` last, add up to
/// ``Tokenizer/decode(_:skippingSpecialTokens:)`` of all tokens.
public struct StreamingDecoder: Sendable {
    private let tokenizer: Tokenizer
    private let skippingSpecialTokens: Bool
    private var state: DecodingState
    /// The first bytes of a character that is not whole: three at most.
    private var pending: [UInt8] = []

    /// A decoder that has seen no token.
    ///
    /// - Parameters:
    ///   - tokenizer: whose tokens will come.
    ///   - skippingSpecialTokens: whether special tokens are left out.
    public init(_ tokenizer: Tokenizer, skippingSpecialTokens: Bool = true) {
        self.tokenizer = tokenizer
        self.skippingSpecialTokens = skippingSpecialTokens
        state = DecodingState(tokenizer.decoder)
    }

    /// The characters that are whole with this token and were not before.
    ///
    /// - Parameter token: an id; one without a token adds nothing.
    /// - Returns: often nothing, or several characters.
    public mutating func append(_ token: Int) -> String {
        guard
            let token = tokenizer.shownToken(token, skippingSpecialTokens: skippingSpecialTokens)
        else { return "" }
        state.append(token, to: &pending)
        let whole = pending.count - Self.incompleteSuffix(of: pending)
        defer { pending.removeFirst(whole) }
        return String(decoding: pending[..<whole], as: UTF8.self)
    }

    /// What was held back, with U+FFFD if the tokens ended within a character; the decoder is then
    /// as new.
    public mutating func finish() -> String {
        state.finish(&pending)
        defer { self = StreamingDecoder(tokenizer, skippingSpecialTokens: skippingSpecialTokens) }
        return String(decoding: pending, as: UTF8.self)
    }

    /// How many bytes at the end begin a character that more bytes can make whole.
    private static func incompleteSuffix(of bytes: [UInt8]) -> Int {
        (1...3).first { $0 <= bytes.count && isIncomplete(bytes.suffix($0)) } ?? 0
    }

    /// Whether a sequence is well-formed as far as it goes, and not whole (Unicode, table 3-7).
    private static func isIncomplete(_ sequence: ArraySlice<UInt8>) -> Bool {
        guard let lead = sequence.first else { return false }
        let rest = sequence.dropFirst()
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch lead {
        case 0xC2...0xDF: length = 2
        case 0xE0...0xEF: length = 3
        case 0xF0...0xF4: length = 4
        default: return false
        }
        switch lead {
        case 0xE0: second = 0xA0...0xBF
        case 0xED: second = 0x80...0x9F
        case 0xF0: second = 0x90...0xBF
        case 0xF4: second = 0x80...0x8F
        default: break
        }
        return sequence.count < length && rest.prefix(1).allSatisfy(second.contains)
            && rest.dropFirst().allSatisfy { 0x80...0xBF ~= $0 }
    }
}
