/// The stage that rewrites text before it is cut into words.
struct Normalizer: Sendable {
    private let steps: [NormalizerStep]

    init(_ node: FileNode?) throws(TokenizerError) {
        var steps: [NormalizerStep] = []
        if let node { try Self.read(node, into: &steps) }
        self.steps = steps
    }

    private static func read(
        _ node: FileNode, into steps: inout [NormalizerStep]
    ) throws(TokenizerError) {
        guard try node.required("type").string() == "Sequence" else {
            steps.append(try NormalizerStep(node))
            return
        }
        try node.allowOnly(["type", "normalizers"])
        for step in try node.required("normalizers").elements() { try read(step, into: &steps) }
    }

    /// The text as the model should see it.
    func normalize(_ text: [UInt8]) -> [UInt8] {
        steps.reduce(text) { $1.normalize($0) }
    }
}

/// One normalizer of a tokenizer file.
enum NormalizerStep: Sendable {
    case unicode(UnicodeForm)
    case replace(TextPattern, with: [UInt8])
    case prepend([UInt8])
    case lowercase
    case strip(left: Bool, right: Bool)

    private static let supported =
        UnicodeForm.allCases.map(\.rawValue)
        + ["Replace", "Prepend", "Lowercase", "Strip", "Sequence"]

    init(_ node: FileNode) throws(TokenizerError) {
        let type = try node.required("type")
        let name = try type.string()
        switch name {
        case "Replace":
            try node.allowOnly(["type", "pattern", "content"])
            self = .replace(
                try TextPattern(node.required("pattern")),
                with: Array(try node.required("content").string().utf8))
        case "Prepend":
            try node.allowOnly(["type", "prepend"])
            self = .prepend(Array(try node.required("prepend").string().utf8))
        case "Lowercase": self = .lowercase
        case "Strip":
            try node.allowOnly(["type", "strip_left", "strip_right"])
            self = .strip(
                left: try node.required("strip_left").bool(),
                right: try node.required("strip_right").bool())
        default:
            guard let form = UnicodeForm(rawValue: name) else {
                throw type.unsupported(supported: ["null"] + Self.supported)
            }
            self = .unicode(form)
        }
    }

    func normalize(_ text: [UInt8]) -> [UInt8] {
        switch self {
        case .unicode(let form): form.normalize(text)
        case .replace(let pattern, let content):
            pattern.replace(in: text, range: 0..<text.count, with: content)
        case .prepend(let prefix): text.isEmpty ? text : prefix + text
        case .lowercase: Self.lowercased(text)
        case .strip(let left, let right): Self.stripped(text, left: left, right: right)
        }
    }

    /// Character by character: a sigma at the end of a word is none that Rust knows here.
    private static func lowercased(_ text: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var place = 0
        while place < text.count {
            let (value, next) = text.scalar(at: place, limit: text.count)
            if value < 0x80 {
                bytes.append(
                    UInt8(ascii: "A")...UInt8(ascii: "Z") ~= text[place]
                        ? text[place] + 32 : text[place])
            } else {
                bytes += (Unicode.Scalar(value)?.properties.lowercaseMapping ?? "").utf8
            }
            place = next
        }
        return bytes
    }

    private static func stripped(_ text: [UInt8], left: Bool, right: Bool) -> [UInt8] {
        let table = ScalarTable.shared
        var start = 0
        var end = text.count
        while left, start < end {
            let (value, next) = text.scalar(at: start, limit: end)
            guard table.kind(of: value) == .whiteSpace else { break }
            start = next
        }
        while right, start < end {
            let (value, previous) = text.scalar(before: end, limit: start)
            guard table.kind(of: value) == .whiteSpace else { break }
            end = previous
        }
        return Array(text[start..<end])
    }
}
