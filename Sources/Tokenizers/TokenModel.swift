/// The stage that turns a word into tokens.
enum TokenModel: Sendable {
    case bytePairEncoding(BytePairEncoding)

    init(_ node: FileNode) throws(TokenizerError) {
        // Files of 2020, GPT-2's among them, name no type; merges show which it is.
        if try node.optional("type") == nil, try node.optional("merges") != nil {
            self = .bytePairEncoding(try BytePairEncoding(node))
            return
        }
        let type = try node.required("type")
        switch try type.string() {
        case "BPE": self = .bytePairEncoding(try BytePairEncoding(node))
        default: throw type.unsupported(supported: ["BPE"])
        }
    }

    var vocabulary: Vocabulary {
        switch self {
        case .bytePairEncoding(let model): model.vocabulary
        }
    }

    /// Appends the tokens of a word.
    func encode(_ word: [Unicode.Scalar], into tokens: inout [Int]) {
        switch self {
        case .bytePairEncoding(let model): model.encode(word, into: &tokens)
        }
    }
}
