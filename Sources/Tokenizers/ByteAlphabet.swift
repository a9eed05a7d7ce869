/// GPT-2's alphabet: a printable character for each byte, so that any text is made of tokens.
///
/// The bytes "!" to "~", "¡" to "¬" and "®" to "ÿ" are the characters of the same number; the other
/// 68 are, in order, those from U+0100 on. A space is "Ġ", a line feed "Ċ".
enum ByteAlphabet {
    /// The character of each byte.
    static let scalars: [Unicode.Scalar] = {
        var others: UInt32 = 0
        return (UInt8.min...UInt8.max).map { byte in
            switch byte {
            case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: return Unicode.Scalar(byte)
            default:
                defer { others += 1 }
                return Unicode.Scalar(0x100 + others) ?? Unicode.Scalar(byte)
            }
        }
    }()

    private static let bytes = Dictionary(uniqueKeysWithValues: zip(scalars, UInt8.min...UInt8.max))

    /// The bytes of text in UTF-8, as characters of the alphabet.
    static func spelling(of text: some Sequence<Unicode.Scalar>) -> [Unicode.Scalar] {
        text.flatMap { scalar in UTF8.encode(scalar).map { $0.map { scalars[Int($0)] } } ?? [] }
    }

    /// The bytes that a token spells, or its own UTF-8 where it has characters of another alphabet.
    static func bytes(of token: String) -> [UInt8] {
        var spelled: [UInt8] = []
        for scalar in token.unicodeScalars {
            guard let byte = bytes[scalar] else { return Array(token.utf8) }
            spelled.append(byte)
        }
        return spelled
    }
}
