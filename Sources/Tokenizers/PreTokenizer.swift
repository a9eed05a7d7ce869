/// The stage that cuts text into the words within which tokens are merged.
struct PreTokenizer: Sendable {
    private let steps: [PreTokenizerStep]
    /// Whether words are to be spelled in the byte alphabet, by the model itself.
    let spellsBytes: Bool

    init(file: FileNode) throws(TokenizerError) {
        var steps: [PreTokenizerStep] = []
        if let node = try file.optional("pre_tokenizer") { try Self.read(node, into: &steps) }
        // Only the last can be left to the model: what comes after one sees its characters.
        if case .byteLevel(let addsPrefixSpace, let splitsWords, _) = steps.last {
            steps[steps.count - 1] = .byteLevel(
                addsPrefixSpace: addsPrefixSpace, splitsWords: splitsWords, spells: false)
            spellsBytes = true
        } else {
            spellsBytes = false
        }
        self.steps = steps
    }

    private static func read(
        _ node: FileNode, into steps: inout [PreTokenizerStep]
    ) throws(TokenizerError) {
        guard try node.required("type").string() == "Sequence" else {
            steps.append(try PreTokenizerStep(node))
            return
        }
        try node.allowOnly(["type", "pretokenizers"])
        for step in try node.required("pretokenizers").elements() { try read(step, into: &steps) }
    }

    /// The words of a text between added tokens.
    ///
    /// - Parameters:
    ///   - text: normalized.
    ///   - startsText: whether no added token stands before it.
    /// - Returns: the words, in UTF-8.
    func words(of text: [UInt8], startsText: Bool) -> Pieces {
        var pieces = Pieces(text, startsText: startsText)
        for step in steps { step.cut(&pieces) }
        return pieces
    }
}
