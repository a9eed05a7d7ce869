/// The stage that turns tokens back into text.
///
/// First each token is changed for itself; then all are joined; then the text may lose some of its
/// first characters. In this order text can be given out while tokens still come.
struct TokenDecoder: Sendable {
    let steps: [TokenDecoderStep]
    /// Whether tokens are spelled in the byte alphabet, and joined as bytes.
    let spellsBytes: Bool
    /// A character that the text loses at its start, and how often.
    let stripped: (content: [UInt8], count: Int)?

    private static let supported = [
        "ByteLevel", "Replace", "ByteFallback", "Fuse", "Strip", "Metaspace", "Sequence",
    ]

    init(file: FileNode) throws(TokenizerError) {
        guard let node = try file.optional("decoder") else {
            throw file.child("decoder", .null).unsupported(supported: Self.supported)
        }
        var reader = Reader()
        try reader.read(node)
        steps = reader.steps
        spellsBytes = reader.join == .bytes
        stripped = reader.stripped
    }

    /// Sorts the decoders of a file into those before, at and after the joint.
    private struct Reader {
        enum Join {
            case text, bytes
        }

        var steps: [TokenDecoderStep] = []
        var join: Join?
        var stripped: (content: [UInt8], count: Int)?

        mutating func read(_ node: FileNode) throws(TokenizerError) {
            let type = try node.required("type")
            switch try type.string() {
            case "Sequence":
                try node.allowOnly(["type", "decoders"])
                for decoder in try node.required("decoders").elements() { try read(decoder) }
            case "Fuse": join = join ?? .text
            case "ByteLevel":
                guard join == nil else { throw Self.unsupported(type) }
                join = .bytes
            case "Replace", "ByteFallback", "Metaspace", "Strip":
                let step = try TokenDecoderStep(node)
                guard join != nil else {
                    steps.append(step)
                    return
                }
                guard case .strip(let content, let count, 0) = step, stripped == nil else {
                    throw Self.unsupported(type)
                }
                stripped = (content, count)
            default: throw type.unsupported(supported: TokenDecoder.supported)
            }
        }

        private static func unsupported(_ type: FileNode) -> TokenizerError {
            type.unsupported(supported: ["Fuse, and one Strip from the start, after Fuse"])
        }
    }
}

/// One decoder of a tokenizer file.
enum TokenDecoderStep: Sendable {
    case replace(TextPattern, with: [UInt8])
    case byteFallback
    case metaspace(Metaspace)
    /// A character falls away at the start and at the end, as often as these numbers say.
    case strip([UInt8], start: Int, stop: Int)

    init(_ node: FileNode) throws(TokenizerError) {
        switch try node.required("type").string() {
        case "Replace":
            try node.allowOnly(["type", "pattern", "content"])
            self = .replace(
                try TextPattern(node.required("pattern")),
                with: Array(try node.required("content").string().utf8))
        case "Metaspace": self = .metaspace(try Metaspace(node))
        case "Strip":
            try node.allowOnly(["type", "content", "start", "stop"])
            let content = try node.required("content")
            let text = try content.string()
            guard text.unicodeScalars.count == 1 else {
                throw content.invalid(expected: "one character")
            }
            self = .strip(
                Array(text.utf8), start: try node.required("start").tokenID(),
                stop: try node.required("stop").tokenID())
        default: self = .byteFallback
        }
    }

    /// A token without up to so many of a character at its start and at its end.
    static func strip(_ token: [UInt8], of content: [UInt8], start: Int, stop: Int) -> [UInt8] {
        var lower = 0
        var upper = token.count
        for _ in 0..<start {
            guard token.has(content, at: lower, limit: upper) else { break }
            lower += content.count
        }
        for _ in 0..<stop {
            let next = upper - content.count
            guard next >= lower, token.has(content, at: next, limit: upper) else { break }
            upper = next
        }
        return Array(token[lower..<upper])
    }
}
