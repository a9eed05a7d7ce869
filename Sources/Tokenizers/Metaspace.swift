/// SentencePiece's white space: a space is a character that is seen, "▁" (U+2581).
struct Metaspace: Sendable {
    /// Which texts get one before their first character.
    enum PrependScheme: String, CaseIterable {
        case always, first, never
    }

    let replacement: [UInt8]
    let scheme: PrependScheme
    /// Whether every "▁" begins a word.
    private let splits: Bool

    /// Reads a pre-tokenizer or a decoder, which have the same settings.
    init(_ node: FileNode) throws(TokenizerError) {
        // str_rep is an old name of the replacement, beside it.
        try node.allowOnly([
            "type", "replacement", "str_rep", "add_prefix_space", "prepend_scheme", "split",
        ])
        let character = try node.required("replacement")
        let text = try character.string()
        guard text.unicodeScalars.count == 1 else {
            throw character.invalid(expected: "one character")
        }
        replacement = Array(text.utf8)
        splits = try node.flag("split", standard: true)
        var scheme = PrependScheme.always
        if let name = try node.optional("prepend_scheme") {
            guard let named = PrependScheme(rawValue: try name.string()) else {
                throw name.unsupported(supported: PrependScheme.allCases.map { "\"\($0)\"" })
            }
            scheme = named
        }
        // Files from before 0.15.1 have add_prefix_space instead.
        if let prefix = try node.optional("add_prefix_space"), try !prefix.bool() {
            guard try node.optional("prepend_scheme") == nil || scheme == .never else {
                throw prefix.invalid(expected: "true, or the prepend_scheme \"never\"")
            }
            scheme = .never
        }
        self.scheme = scheme
    }

    /// The pre-tokenizer.
    func cut(_ pieces: inout Pieces) {
        pieces.rewrite { text, isFirst, bytes in
            let prepends = scheme == .always || (scheme == .first && isFirst)
            let startsWithSpace = text.first == UInt8(ascii: " ") || text.starts(with: replacement)
            if prepends, !startsWithSpace { bytes += replacement }
            for byte in text {
                if byte == UInt8(ascii: " ") { bytes += replacement } else { bytes.append(byte) }
            }
        }
        guard splits else { return }
        pieces.split { text, range, parts in
            SplitBehavior.mergedWithNext.appendPieces(
                of: range, at: text.places(of: replacement, in: range), inverted: false,
                to: &parts)
        }
    }

    /// The decoder: what a token spells.
    func text(of token: [UInt8], isFirst: Bool) -> [UInt8] {
        let space: [UInt8] = isFirst && scheme != .never ? [] : [UInt8(ascii: " ")]
        return TextPattern.text(replacement)
            .replace(in: token, range: 0..<token.count, with: space)
    }
}
