/// Reading `model` of a tokenizer file.
extension BytePairEncoding {
    private static let keys = [
        "type", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix",
        "fuse_unk", "byte_fallback", "ignore_merges", "vocab", "merges",
    ]

    /// Reads the model.
    ///
    /// - Parameters:
    ///   - node: `model` of the file.
    ///   - spellsBytes: whether words come as bytes, to be spelled in the byte alphabet.
    /// - Throws: ``TokenizerError``.
    init(_ node: FileNode, spellsBytes: Bool) throws(TokenizerError) {
        try node.allowOnly(Self.keys)
        try Self.refuseUnsupported(node)
        vocabulary = try Vocabulary(node.required("vocab"))
        let fallsBack = try node.flag("byte_fallback", standard: false)
        let unknown = try Self.unknownID(
            node, vocabulary: vocabulary, spellsBytes: spellsBytes, fallsBack: fallsBack)
        alphabet = TokenAlphabet(
            vocabulary: vocabulary, spellsBytes: spellsBytes, fallsBackToBytes: fallsBack,
            unknown: unknown,
            fusesUnknown: try node.flag("fuse_unk", standard: false))
        ignoresMerges = try node.flag("ignore_merges", standard: false)
        let pairs = try Self.pairs(node.required("merges"))
        (merges, joinedPairs) = try Self.tables(of: pairs, vocabulary: vocabulary, unknown: unknown)
    }

    private static func unknownID(
        _ node: FileNode, vocabulary: Vocabulary, spellsBytes: Bool, fallsBack: Bool
    ) throws(TokenizerError) -> Int? {
        guard let unknown = try node.optional("unk_token") else { return nil }
        if let id = vocabulary.id(of: try unknown.string()) { return id }
        // Some files name a token that is not there. Where every byte is a token, none is unknown.
        let hasBytes = ByteAlphabet.scalars.allSatisfy {
            spellsBytes && vocabulary.id(of: String($0)) != nil
        }
        let hasFallback = (UInt8.min...UInt8.max).allSatisfy {
            fallsBack && vocabulary.id(of: ByteFallback.token(of: $0)) != nil
        }
        guard hasBytes || hasFallback else {
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
        // With dropout a text has many encodings, and the policy would not see its own tokens.
        guard let dropout = try node.optional("dropout") else { return }
        switch dropout.value {
        case .integer(0), .number(0): return
        default: throw dropout.unsupported(supported: ["null", "0"])
        }
    }

    /// A merge, where it stands in the list, and its tokens.
    private struct Pair {
        let place: FileNode
        let index: Int
        let left: String
        let right: String

        // As with the vocabulary, a place is only spelled out for an error.
        func invalid(expected: String) -> TokenizerError {
            FileNode(file: place.file, key: "\(place.key)[\(index)]", value: place.value)
                .invalid(expected: expected)
        }
    }

    private static func pairs(_ node: FileNode) throws(TokenizerError) -> [Pair] {
        guard case .array(let elements) = node.value else {
            throw node.invalid(expected: "a list of pairs of tokens")
        }
        var pairs: [Pair] = []
        pairs.reserveCapacity(elements.count)
        for (index, element) in elements.enumerated() {
            if case .string(let line) = element, line.utf8.starts(with: "#version".utf8) {
                continue
            }
            let place = FileNode(file: node.file, key: node.key, value: element)
            guard let (left, right) = parts(of: element) else {
                throw Pair(place: place, index: index, left: "", right: "")
                    .invalid(expected: "two tokens: \"a b\" or [\"a\", \"b\"]")
            }
            pairs.append(Pair(place: place, index: index, left: left, right: right))
        }
        return pairs
    }

    /// The merges by pair; of a pair that is listed twice the last counts, as in the tokenizers
    /// package. Beside them the pairs of characters that they join.
    private static func tables(
        of pairs: [Pair], vocabulary: Vocabulary, unknown: Int?
    ) throws(TokenizerError) -> (MergeTable, JoinedPairs?) {
        var merges = MergeTable(capacity: pairs.count)
        var joined: JoinedPairs? = JoinedPairs(capacity: pairs.count)
        for (rank, pair) in pairs.enumerated() {
            guard let left = vocabulary.id(of: pair.left),
                let right = vocabulary.id(of: pair.right),
                let id = vocabulary.id(of: pair.left + pair.right)
            else {
                throw pair.invalid(
                    expected: "two tokens of model.vocab whose concatenation is there too")
            }
            // Ids have 32 bits: the vocabulary holds no others.
            merges.set(
                UInt32(truncatingIfNeeded: left), UInt32(truncatingIfNeeded: right),
                rank: UInt32(truncatingIfNeeded: rank), token: UInt32(truncatingIfNeeded: id))
            joined?.insert(pair.left, pair.right)
            // Such tokens do not stand for what they spell, so that the pair says nothing.
            let isByte =
                ByteFallback.byte(of: Array(pair.left.utf8)) != nil
                || ByteFallback.byte(of: Array(pair.right.utf8)) != nil
            if isByte || left == unknown || right == unknown { joined = nil }
        }
        return (merges, joined)
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
