/// The stage that cuts text into the words within which tokens are merged.
enum PreTokenizer: Sendable {
    /// Bytes as the model's characters.
    case byteLevel(addsPrefixSpace: Bool, splitsWords: Bool)

    init(file: FileNode) throws(TokenizerError) {
        guard let node = try file.optional("pre_tokenizer") else {
            throw file.child("pre_tokenizer", .null).unsupported(supported: ["ByteLevel"])
        }
        let type = try node.required("type")
        switch try type.string() {
        case "ByteLevel":
            // trim_offsets concerns places in the text, which this library does not report.
            try node.allowOnly(["type", "add_prefix_space", "trim_offsets", "use_regex"])
            self = .byteLevel(
                addsPrefixSpace: try node.required("add_prefix_space").bool(),
                splitsWords: try node.flag("use_regex", standard: true))
        default: throw type.unsupported(supported: ["ByteLevel"])
        }
    }

    /// The words of a text between added tokens, in the model's alphabet.
    func words(of text: Scalars) -> [[Unicode.Scalar]] {
        guard let first = text.first else { return [] }
        switch self {
        case .byteLevel(let addsPrefixSpace, let splitsWords):
            let text = addsPrefixSpace && first != " " ? [" "] + text : text
            let words = splitsWords ? GPT2Pattern.words(of: text) : [text]
            return words.map(ByteAlphabet.spelling)
        }
    }
}
