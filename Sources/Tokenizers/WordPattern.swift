/// The regular expressions that cut text into words in most models, as scanners.
///
/// Every character falls into a word, so the words are the text.
enum WordPattern: Sendable, Equatable {
    /// GPT-2's, which `ByteLevel` has built in; SmolLM's after its digits.
    case gpt2
    /// That of Llama 3 (up to three digits), of Qwen 2 and 3 (one), and of Qwen 3.5, to which marks
    /// are letters.
    case chat(digits: Int, marksAreLetters: Bool)

    static let gpt2Expression =
        #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#
    private static let contractions = #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?"#
    private static let separators = #"[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#

    /// The scanner of an expression, or nil where there is none.
    init?(expression: String) {
        let plain = Self.contractions + #"\p{L}+|"#
        let others = #"| ?[^\s\p{L}\p{N}]+"# + Self.separators
        switch expression {
        case Self.gpt2Expression: self = .gpt2
        case plain + #"\p{N}"# + others: self = .chat(digits: 1, marksAreLetters: false)
        case plain + #"\p{N}{1,3}"# + others: self = .chat(digits: 3, marksAreLetters: false)
        case Self.contractions + #"[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+"# + Self.separators:
            self = .chat(digits: 1, marksAreLetters: true)
        default: return nil
        }
    }

    /// Appends the words of a range of a text, in order and without gaps.
    func appendWords(of text: [UInt8], in range: Range<Int>, to words: inout [Range<Int>]) {
        let scanner = WordScanner(text: text, end: range.upperBound, pattern: self)
        var start = range.lowerBound
        while start < range.upperBound {
            let end =
                switch self {
                case .gpt2: scanner.gpt2WordEnd(from: start)
                case .chat(let digits, _): scanner.chatWordEnd(from: start, digits: digits)
                }
            words.append(start..<end)
            start = end
        }
    }
}

/// Finds where the word that begins at a place ends.
private struct WordScanner {
    let text: [UInt8]
    let end: Int
    private let table = ScalarTable.shared
    private let marksAreLetters: Bool

    init(text: [UInt8], end: Int, pattern: WordPattern) {
        self.text = text
        self.end = end
        marksAreLetters = pattern == .chat(digits: 1, marksAreLetters: true)
    }

    /// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
    func gpt2WordEnd(from start: Int) -> Int {
        if text[start] == UInt8(ascii: "'"), let end = contractionEnd(from: start, anyCase: false) {
            return end
        }
        let first = text[start] == UInt8(ascii: " ") && start + 1 < end ? start + 1 : start
        let (kind, next) = kind(at: first)
        return kind == .whiteSpace ? whiteSpaceEnd(from: start) : runEnd(of: kind, from: next)
    }

    /// `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,d}| ?[^\s\p{L}\p{N}]+[\r\n]*`
    /// `|\s*[\r\n]+|\s+(?!\S)|\s+`
    func chatWordEnd(from start: Int, digits: Int) -> Int {
        let lead = text[start]
        if lead == UInt8(ascii: "'"), let end = contractionEnd(from: start, anyCase: true) {
            return end
        }
        let (kind, next) = kind(at: start)
        switch kind {
        case .letter: return runEnd(of: .letter, from: next)
        case .number: return numberEnd(from: next, more: digits - 1)
        default: break
        }
        let isBreak = lead == UInt8(ascii: "\n") || lead == UInt8(ascii: "\r")
        if !isBreak, next < end {
            let (second, afterSecond) = self.kind(at: next)
            if second == .letter { return runEnd(of: .letter, from: afterSecond) }
            if lead == UInt8(ascii: " "), second == .other {
                return breaksEnd(from: runEnd(of: .other, from: afterSecond))
            }
        }
        if kind == .other { return breaksEnd(from: runEnd(of: .other, from: next)) }
        return lastBreakEnd(from: start) ?? whiteSpaceEnd(from: start)
    }

    /// The class of the character at a place, as the pattern has it, and where the next begins.
    @inline(__always)
    private func kind(at place: Int) -> (ScalarClass, next: Int) {
        let (value, next) = text.scalar(at: place, limit: end)
        let kind = table.kind(of: value)
        return (kind == .mark ? (marksAreLetters ? .letter : .other) : kind, next)
    }

    private func runEnd(of kind: ScalarClass, from first: Int) -> Int {
        var place = first
        while place < end {
            let (found, next) = self.kind(at: place)
            guard found == kind else { break }
            place = next
        }
        return place
    }

    private func numberEnd(from first: Int, more: Int) -> Int {
        var place = first
        for _ in 0..<more where place < end {
            let (found, next) = kind(at: place)
            guard found == .number else { break }
            place = next
        }
        return place
    }
}

/// Contractions and white space.
extension WordScanner {
    /// `'s|'t|'re|'ve|'m|'ll|'d`; without regard to case "ſ" (U+017F) is an s too.
    private func contractionEnd(from start: Int, anyCase: Bool) -> Int? {
        let first = letter(at: start + 1, anyCase: anyCase)
        let second = letter(at: start + 2, anyCase: anyCase)
        switch (first, second) {
        case (UInt8(ascii: "s"), _), (UInt8(ascii: "t"), _), (UInt8(ascii: "m"), _),
            (UInt8(ascii: "d"), _):
            return start + 2
        case (UInt8(ascii: "r"), UInt8(ascii: "e")), (UInt8(ascii: "v"), UInt8(ascii: "e")),
            (UInt8(ascii: "l"), UInt8(ascii: "l")):
            return start + 3
        case (0xC5, _):
            return anyCase && start + 2 < end && text[start + 2] == 0xBF ? start + 3 : nil
        default: return nil
        }
    }

    private func letter(at place: Int, anyCase: Bool) -> UInt8? {
        guard place < end else { return nil }
        let byte = text[place]
        let isCapital = UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte
        return anyCase && isCapital ? byte + 32 : byte
    }

    /// `\s+(?!\S)|\s+`: white space, but the last of several belongs to the word after it.
    private func whiteSpaceEnd(from start: Int) -> Int {
        var place = start
        var last = start
        while place < end {
            let (found, next) = kind(at: place)
            guard found == .whiteSpace else { return last > start ? last : place }
            last = place
            place = next
        }
        return end
    }

    /// `[\r\n]*`
    private func breaksEnd(from start: Int) -> Int {
        var place = start
        while place < end, text[place] == UInt8(ascii: "\n") || text[place] == UInt8(ascii: "\r") {
            place += 1
        }
        return place
    }

    /// `\s*[\r\n]+`: white space up to its last line break, nil where it has none.
    private func lastBreakEnd(from start: Int) -> Int? {
        var place = start
        var last: Int?
        while place < end {
            let (found, next) = kind(at: place)
            guard found == .whiteSpace else { break }
            if text[place] == UInt8(ascii: "\n") || text[place] == UInt8(ascii: "\r") {
                last = next
            }
            place = next
        }
        return last
    }
}
