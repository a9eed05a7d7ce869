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

    /// The character of each byte, in UTF-8.
    static let utf8: [[UInt8]] = scalars.map { Array(String($0).utf8) }

    /// The byte of each character below U+0144, the first beyond the alphabet.
    private static let bytes: [UInt8?] = {
        var bytes = [UInt8?](repeating: nil, count: 0x144)
        for (byte, scalar) in scalars.enumerated() { bytes[Int(scalar.value)] = UInt8(byte) }
        return bytes
    }()

    /// Bytes as characters of the alphabet.
    static func spelling(of bytes: some Sequence<UInt8>) -> String {
        var spelling = String.UnicodeScalarView()
        for byte in bytes { spelling.append(scalars[Int(byte)]) }
        return String(spelling)
    }

    /// The bytes that a token spells, or its own UTF-8 where it has characters of another alphabet.
    static func bytes(of token: [UInt8]) -> [UInt8] {
        var spelled: [UInt8] = []
        spelled.reserveCapacity(token.count)
        var place = 0
        while place < token.count {
            let (value, next) = token.scalar(at: place, limit: token.count)
            guard value < bytes.count, let byte = bytes[Int(value)] else { return token }
            spelled.append(byte)
            place = next
        }
        return spelled
    }
}
