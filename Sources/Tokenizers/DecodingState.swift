/// What decoding remembers of the tokens before: the bytes of the text come out as soon as no later
/// token can change them.
struct DecodingState: Sendable {
    private let decoder: TokenDecoder
    /// For each step: the bytes of a run of byte tokens, and whether a token came before.
    private var runs: [[UInt8]]
    private var hasSeenToken: [Bool]
    /// How many characters the text may still lose at its start.
    private var toStrip: Int

    init(_ decoder: TokenDecoder) {
        self.decoder = decoder
        runs = Array(repeating: [], count: decoder.steps.count)
        hasSeenToken = Array(repeating: false, count: decoder.steps.count)
        toStrip = decoder.stripped?.count ?? 0
    }

    /// Appends what the text gains with a token.
    mutating func append(_ token: String, to text: inout [UInt8]) {
        pass(Array(token.utf8), to: 0, &text)
    }

    /// Appends what the text gains when no token follows.
    mutating func finish(_ text: inout [UInt8]) {
        for index in decoder.steps.indices { endRun(of: index, &text) }
    }

    /// Hands a token to a step, and what that makes of it to the next.
    private mutating func pass(_ token: [UInt8], to index: Int, _ text: inout [UInt8]) {
        guard index < decoder.steps.count else {
            join(token, &text)
            return
        }
        switch decoder.steps[index] {
        case .replace(let pattern, let content):
            let all = 0..<token.count
            pass(pattern.replace(in: token, range: all, with: content), to: index + 1, &text)
        case .byteFallback:
            if let byte = ByteFallback.byte(of: token) {
                runs[index].append(byte)
            } else {
                endRun(of: index, &text)
                pass(token, to: index + 1, &text)
            }
        case .metaspace(let metaspace):
            let isFirst = !hasSeenToken[index]
            hasSeenToken[index] = true
            pass(metaspace.text(of: token, isFirst: isFirst), to: index + 1, &text)
        case .strip(let content, let start, let stop):
            let rest = TokenDecoderStep.strip(token, of: content, start: start, stop: stop)
            pass(rest, to: index + 1, &text)
        }
    }

    /// The bytes of a run are text together; if they are not UTF-8, each is a replacement character.
    private mutating func endRun(of index: Int, _ text: inout [UInt8]) {
        let run = runs[index]
        guard !run.isEmpty else { return }
        runs[index] = []
        if String(validating: run, as: UTF8.self) != nil {
            pass(run, to: index + 1, &text)
        } else {
            for _ in run { pass(Array("\u{FFFD}".utf8), to: index + 1, &text) }
        }
    }

    private mutating func join(_ token: [UInt8], _ text: inout [UInt8]) {
        var bytes = token
        if decoder.spellsBytes { bytes = ByteAlphabet.bytes(of: token) }
        guard toStrip > 0, !bytes.isEmpty, let content = decoder.stripped?.content else {
            text += bytes
            return
        }
        var start = 0
        while toStrip > 0, bytes.has(content, at: start, limit: bytes.count) {
            start += content.count
            toStrip -= 1
        }
        if start < bytes.count { toStrip = 0 }
        text += bytes[start...]
    }
}
