/// One pre-tokenizer of a tokenizer file.
enum PreTokenizerStep: Sendable {
    /// GPT-2's words, and their bytes as characters of the byte alphabet.
    case byteLevel(addsPrefixSpace: Bool, splitsWords: Bool, spells: Bool)
    case split(TextPattern, SplitBehavior, inverted: Bool)
    /// SentencePiece's: spaces as "▁", one of them before the text.
    case metaspace(Metaspace)
    case digits(SplitBehavior)
    /// `\w+|[^\w\s]+`
    case whitespace
    case whitespaceSplit

    private static let supported = [
        "ByteLevel", "Split", "Metaspace", "Digits", "Whitespace", "WhitespaceSplit", "Sequence",
    ]

    init(_ node: FileNode) throws(TokenizerError) {
        let type = try node.required("type")
        switch try type.string() {
        case "ByteLevel":
            // trim_offsets concerns places in the text, which this library does not report.
            try node.allowOnly(["type", "add_prefix_space", "trim_offsets", "use_regex"])
            self = .byteLevel(
                addsPrefixSpace: try node.required("add_prefix_space").bool(),
                splitsWords: try node.flag("use_regex", standard: true), spells: true)
        case "Split":
            try node.allowOnly(["type", "pattern", "behavior", "invert"])
            self = .split(
                try TextPattern(node.required("pattern")),
                try SplitBehavior(node.required("behavior")),
                inverted: try node.flag("invert", standard: false))
        case "Metaspace": self = .metaspace(try Metaspace(node))
        case "Digits":
            try node.allowOnly(["type", "individual_digits"])
            let isIndividual = try node.required("individual_digits").bool()
            self = .digits(isIndividual ? .isolated : .contiguous)
        case "Whitespace": self = .whitespace
        case "WhitespaceSplit": self = .whitespaceSplit
        default: throw type.unsupported(supported: Self.supported)
        }
    }

    func cut(_ pieces: inout Pieces) {
        switch self {
        case .byteLevel(let addsPrefixSpace, let splitsWords, let spells):
            if addsPrefixSpace { Self.addPrefixSpaces(to: &pieces) }
            if splitsWords { pieces.split(WordPattern.gpt2.appendWords) }
            if spells { Self.spell(&pieces) }
        case .split(.words(let pattern), .isolated, _), .split(.words(let pattern), .removed, true):
            pieces.split(pattern.appendWords)
        case .split(let pattern, let behavior, let inverted):
            pieces.split { text, range, parts in
                behavior.appendPieces(
                    of: range, at: pattern.places(in: text, range: range), inverted: inverted,
                    to: &parts)
            }
        case .metaspace(let metaspace): metaspace.cut(&pieces)
        case .digits(let behavior): Self.cut(&pieces, behavior) { $0.isNumeric($1) }
        case .whitespaceSplit: Self.cut(&pieces, .removed) { $0.kind(of: $1) == .whiteSpace }
        case .whitespace:
            Self.cut(&pieces, .removed) { $0.kind(of: $1) == .whiteSpace }
            Self.cut(&pieces, .contiguous) { $0.isWordCharacter($1) }
        }
    }

    /// Cuts at every character of a class.
    private static func cut(
        _ pieces: inout Pieces, _ behavior: SplitBehavior,
        at isMatch: (ScalarTable, UInt32) -> Bool
    ) {
        let table = ScalarTable.shared
        var places: [Range<Int>] = []
        pieces.split { text, range, parts in
            places.removeAll(keepingCapacity: true)
            var place = range.lowerBound
            while place < range.upperBound {
                let (value, next) = text.scalar(at: place, limit: range.upperBound)
                if isMatch(table, value) { places.append(place..<next) }
                place = next
            }
            behavior.appendPieces(of: range, at: places, inverted: false, to: &parts)
        }
    }

    private static func addPrefixSpaces(to pieces: inout Pieces) {
        pieces.rewrite { text, _, bytes in
            if text.first != UInt8(ascii: " ") { bytes.append(UInt8(ascii: " ")) }
            bytes += text
        }
    }

    private static func spell(_ pieces: inout Pieces) {
        pieces.rewrite { text, _, bytes in
            for byte in text { bytes += ByteAlphabet.utf8[Int(byte)] }
        }
    }
}
