/// Reading `model` of a tokenizer file.
extension BytePairEncoding {
    private static let keys = [
        "type", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix",
        "fuse_unk", "byte_fallback", "ignore_merges", "vocab", "merges",
    ]

    init(_ node: FileNode) throws(TokenizerError) {
        try node.allowOnly(Self.keys)
        try Self.refuseUnsupported(node)
        let vocabulary = try Vocabulary(node.required("vocab"))
        scalarIDs = vocabulary.scalarIDs
        unknownID = try Self.unknownID(node, vocabulary: vocabulary, scalarIDs: scalarIDs)
        fusesUnknown = try node.flag("fuse_unk", standard: false)
        ignoresMerges = try node.flag("ignore_merges", standard: false)
        merges = try Self.merges(node.required("merges"), vocabulary: vocabulary)
        self.vocabulary = vocabulary
    }

    private static func unknownID(
        _ node: FileNode, vocabulary: Vocabulary, scalarIDs: [Unicode.Scalar: Int]
    ) throws(TokenizerError) -> Int? {
        guard let unknown = try node.optional("unk_token") else { return nil }
        if let id = vocabulary.id(of: try unknown.string()) { return id }
        // Some files name a token that is not there. Where every byte is a token, none is unknown.
        guard ByteAlphabet.scalars.allSatisfy({ scalarIDs[$0] != nil }) else {
            throw unknown.invalid(expected: "a token of model.vocab")
        }
        return nil
    }

    private static func refuseUnsupported(_ node: FileNode) throws(TokenizerError) {
        for key in ["continuing_subword_prefix", "end_of_word_suffix"] {
            guard let affix = try node.optional(key) else { continue }
            guard try affix.string().isEmpty else {
                throw affix.unsupported(supported: ["null", "\"\""])
            }
        }
        if try node.flag("byte_fallback", standard: false) {
            throw try node.required("byte_fallback").unsupported(supported: ["false"])
        }
        // With dropout a text has many encodings, and the policy would not see its own tokens.
        guard let dropout = try node.optional("dropout") else { return }
        switch dropout.value {
        case .integer(0), .number(0): return
        default: throw dropout.unsupported(supported: ["null", "0"])
        }
    }

    /// The merges by pair; of a pair that is listed twice the last counts, as in the tokenizers
    /// package.
    private static func merges(
        _ node: FileNode, vocabulary: Vocabulary
    ) throws(TokenizerError) -> [Pair: Merge] {
        guard case .array(let elements) = node.value else {
            throw node.invalid(expected: "a list of pairs of tokens")
        }
        var merges: [Pair: Merge] = [:]
        merges.reserveCapacity(elements.count)
        var rank = 0
        for (index, element) in elements.enumerated() {
            if case .string(let line) = element, line.utf8.starts(with: "#version".utf8) {
                continue
            }
            // As with the vocabulary, a place is only spelled out for an error.
            func entry() -> FileNode {
                FileNode(file: node.file, key: "\(node.key)[\(index)]", value: element)
            }
            guard let (left, right) = parts(of: element) else {
                throw entry().invalid(expected: "two tokens: \"a b\" or [\"a\", \"b\"]")
            }
            guard let leftID = vocabulary.id(of: left), let rightID = vocabulary.id(of: right),
                let id = vocabulary.id(of: left + right)
            else {
                throw entry().invalid(
                    expected: "two tokens of model.vocab whose concatenation is there too")
            }
            merges[Pair(left: leftID, right: rightID)] = Merge(rank: rank, id: id)
            rank += 1
        }
        return merges
    }

    /// The two tokens of `"a b"`, or of `["a", "b"]`, in which they may contain spaces.
    private static func parts(of merge: JSON) -> (String, String)? {
        switch merge {
        case .string(let line):
            let parts = line.unicodeScalars.split(separator: " ", omittingEmptySubsequences: false)
            return parts.count == 2 ? (String(parts[0]), String(parts[1])) : nil
        case .array(let elements):
            guard elements.count == 2, case .string(let left) = elements[0],
                case .string(let right) = elements[1]
            else { return nil }
            return (left, right)
        default: return nil
        }
    }
}
