/// The tokens that a word begins as: one for each character, or for each of its bytes.
struct TokenAlphabet: Sendable {
    /// Whether each byte is a character, that of ``ByteAlphabet``.
    private let spellsBytes: Bool
    /// The tokens of bytes, or of ASCII; -1 where there is none.
    private let byteTokens: [Int]
    /// The tokens of single characters.
    private let scalarTokens: FlatTable
    /// The tokens `<0x00>` to `<0xFF>`, for characters that are none; -1 where one is missing.
    private let fallbackTokens: [Int]
    /// Stands for a character that is no token; without it such a character is dropped.
    private let unknown: UInt32?
    /// Whether unknown characters in a row are one unknown token.
    private let fusesUnknown: Bool

    init(
        vocabulary: Vocabulary, spellsBytes: Bool, fallsBackToBytes: Bool, unknown: Int?,
        fusesUnknown: Bool
    ) {
        let scalars = vocabulary.scalarIDs
        var table = FlatTable(capacity: scalars.count)
        for (scalar, id) in scalars { table.set(UInt64(scalar.value), to: UInt64(id)) }
        scalarTokens = table
        byteTokens = (UInt8.min...UInt8.max).map { byte in
            scalars[spellsBytes ? ByteAlphabet.scalars[Int(byte)] : Unicode.Scalar(byte)] ?? -1
        }
        fallbackTokens =
            fallsBackToBytes
            ? (UInt8.min...UInt8.max).map { vocabulary.id(of: ByteFallback.token(of: $0)) ?? -1 }
            : []
        self.spellsBytes = spellsBytes
        self.unknown = unknown.map { UInt32(truncatingIfNeeded: $0) }
        self.fusesUnknown = fusesUnknown
    }

    /// A word as the vocabulary has it.
    func spelling(of word: ArraySlice<UInt8>) -> String {
        spellsBytes ? ByteAlphabet.spelling(of: word) : String(decoding: word, as: UTF8.self)
    }

    /// Appends the tokens of a word's characters.
    func appendTokens(of text: [UInt8], in range: Range<Int>, to tokens: inout [UInt32]) {
        var place = range.lowerBound
        var isUnknownPending = false
        while place < range.upperBound {
            let (value, next) = character(of: text, at: place, limit: range.upperBound)
            if let token = token(of: value) {
                if isUnknownPending, let unknown { tokens.append(unknown) }
                isUnknownPending = false
                tokens.append(token)
            } else if !appendFallback(of: text, in: place..<next, to: &tokens) {
                // Bytes do not end a run of unknown characters: the package puts them before it.
                if isUnknownPending, !fusesUnknown, let unknown { tokens.append(unknown) }
                isUnknownPending = true
            }
            place = next
        }
        if isUnknownPending, let unknown { tokens.append(unknown) }
    }

    /// The character or byte at a place of a word, and where the next begins.
    @inline(__always)
    func character(of text: [UInt8], at place: Int, limit: Int) -> (value: UInt32, next: Int) {
        guard !spellsBytes else { return (UInt32(text[place]), place + 1) }
        let (value, end) = text.scalar(at: place, limit: limit)
        return (value, end)
    }

    /// A character or byte as the vocabulary spells it.
    @inline(__always)
    func scalar(of value: UInt32) -> UInt32 {
        spellsBytes ? ByteAlphabet.scalars[Int(value)].value : value
    }

    /// The token of a character or byte, if there is one.
    @inline(__always)
    func token(of value: UInt32) -> UInt32? {
        if spellsBytes || value < 0x80 {
            let token = byteTokens[Int(value)]
            return token < 0 ? nil : UInt32(truncatingIfNeeded: token)
        }
        let token = scalarTokens[UInt64(value)]
        return token == FlatTable.absent ? nil : UInt32(truncatingIfNeeded: token)
    }

    /// Appends a token for each byte of a character, if all have one.
    private func appendFallback(
        of text: [UInt8], in range: Range<Int>, to tokens: inout [UInt32]
    ) -> Bool {
        guard !fallbackTokens.isEmpty else { return false }
        let bytes = spellsBytes ? ByteAlphabet.utf8[Int(text[range.lowerBound])][...] : text[range]
        guard bytes.allSatisfy({ fallbackTokens[Int($0)] >= 0 }) else { return false }
        for byte in bytes { tokens.append(UInt32(truncatingIfNeeded: fallbackTokens[Int(byte)])) }
        return true
    }
}

/// Tokens that stand for one byte of a character that is no token: `<0x00>` to `<0xFF>`.
enum ByteFallback {
    static func token(of byte: UInt8) -> String {
        let digits = String(byte, radix: 16, uppercase: true)
        return "<0x" + (digits.utf8.count < 2 ? "0" : "") + digits + ">"
    }

    /// The byte that a token stands for: two digits of any case.
    static func byte(of token: [UInt8]) -> UInt8? {
        guard token.count == 6, token.starts(with: Array("<0x".utf8)), token[5] == 0x3E else {
            return nil
        }
        // As Rust reads numbers: with a plus sign, if there is one.
        let digits = token[3] == UInt8(ascii: "+") ? token[4...4] : token[3...4]
        return UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
    }
}
