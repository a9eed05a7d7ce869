/// The stage that puts special tokens around those of a text.
indirect enum PostProcessor: Sendable {
    /// `null`, and `ByteLevel`, which only moves offsets.
    case identity
    /// The text and special tokens, in the order of a template.
    case template([Piece])
    /// One after the other.
    case sequence([PostProcessor])

    enum Piece: Sendable {
        case text
        case specialTokens([Int])
    }

    private static let supported = ["null", "ByteLevel", "TemplateProcessing", "Sequence"]

    /// Reads the stage.
    ///
    /// - Parameters:
    ///   - node: `post_processor` of the file, nil where it is null.
    ///   - isToken: whether the tokenizer has a token of this id.
    /// - Throws: ``TokenizerError``.
    init(_ node: FileNode?, isToken: (Int) -> Bool) throws(TokenizerError) {
        guard let node else {
            self = .identity
            return
        }
        let type = try node.required("type")
        switch try type.string() {
        case "ByteLevel": self = .identity
        case "TemplateProcessing": self = .template(try Self.pieces(node, isToken: isToken))
        case "Sequence":
            var processors: [PostProcessor] = []
            for processor in try node.required("processors").elements() {
                processors.append(try PostProcessor(processor, isToken: isToken))
            }
            self = .sequence(processors)
        default: throw type.unsupported(supported: Self.supported)
        }
    }

    /// The pieces of `single`; `pair` is for two texts, which are never encoded together here.
    private static func pieces(
        _ node: FileNode, isToken: (Int) -> Bool
    ) throws(TokenizerError) -> [Piece] {
        try node.allowOnly(["type", "single", "pair", "special_tokens"])
        let single = try node.required("single")
        var pieces: [Piece] = []
        var texts = 0
        for piece in try single.elements() {
            try piece.allowOnly(["Sequence", "SpecialToken"])
            if let sequence = try piece.optional("Sequence") {
                let text = try sequence.required("id")
                guard try text.string() == "A" else { throw text.unsupported(supported: ["\"A\""]) }
                texts += 1
                pieces.append(.text)
            } else {
                let name = try piece.required("SpecialToken").required("id").string()
                let token = try node.required("special_tokens").required(name)
                pieces.append(.specialTokens(try ids(token.required("ids"), isToken: isToken)))
            }
        }
        guard texts == 1 else { throw single.invalid(expected: "the text, Sequence A, once") }
        return pieces
    }

    private static func ids(
        _ node: FileNode, isToken: (Int) -> Bool
    ) throws(TokenizerError) -> [Int] {
        var ids: [Int] = []
        for element in try node.elements() {
            let id = try element.tokenID()
            guard isToken(id) else { throw element.invalid(expected: "the id of a token") }
            ids.append(id)
        }
        return ids
    }

    /// The tokens of a text in their place, with the special tokens if they are wanted.
    func process(_ tokens: [Int], addingSpecialTokens: Bool) -> [Int] {
        switch self {
        case .identity: tokens
        case .template(let pieces):
            pieces.flatMap { piece in
                switch piece {
                case .text: tokens
                case .specialTokens(let ids): addingSpecialTokens ? ids : []
                }
            }
        case .sequence(let processors):
            processors.reduce(tokens) {
                $1.process($0, addingSpecialTokens: addingSpecialTokens)
            }
        }
    }
}
