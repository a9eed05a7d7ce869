/// The stage that turns tokens back into text.
enum TokenDecoder: Sendable {
    /// The bytes that the tokens spell in the byte alphabet.
    case byteLevel

    init(file: FileNode) throws(TokenizerError) {
        guard let node = try file.optional("decoder") else {
            throw file.child("decoder", .null).unsupported(supported: ["ByteLevel"])
        }
        let type = try node.required("type")
        switch try type.string() {
        case "ByteLevel": self = .byteLevel
        default: throw type.unsupported(supported: ["ByteLevel"])
        }
    }

    /// The bytes that a token adds to the text; a character may need several tokens.
    func bytes(of token: String) -> [UInt8] {
        switch self {
        case .byteLevel: ByteAlphabet.bytes(of: token)
        }
    }
}
