/// The stage that turns a word into tokens.
enum TokenModel: Sendable {
    case bytePairEncoding(BytePairEncoding)

    /// Reads the stage.
    ///
    /// - Parameters:
    ///   - node: `model` of the file.
    ///   - spellsBytes: whether words come as bytes, to be spelled in the byte alphabet.
    /// - Throws: ``TokenizerError``.
    init(_ node: FileNode, spellsBytes: Bool) throws(TokenizerError) {
        // Files of 2020, GPT-2's among them, name no type; merges show which it is.
        if try node.optional("type") == nil, try node.optional("merges") != nil {
            self = .bytePairEncoding(try BytePairEncoding(node, spellsBytes: spellsBytes))
            return
        }
        let type = try node.required("type")
        switch try type.string() {
        case "BPE":
            self = .bytePairEncoding(try BytePairEncoding(node, spellsBytes: spellsBytes))
        default: throw type.unsupported(supported: ["BPE"])
        }
    }

    var vocabulary: Vocabulary {
        switch self {
        case .bytePairEncoding(let model): model.vocabulary
        }
    }

    /// Appends the tokens of words.
    func encode(
        _ words: Pieces, memory: inout EncodingMemory.Contents, into tokens: inout [Int]
    ) {
        switch self {
        case .bytePairEncoding(let model):
            for range in words.ranges {
                model.encode(words.text, range, memory: &memory, into: &tokens)
            }
        }
    }
}
