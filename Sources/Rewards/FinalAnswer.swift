import Foundation

/// Where a completion states its answer.
enum FinalAnswer {
    /// The places at which the answer may stand, the likeliest first.
    ///
    /// The last `\boxed{…}` alone, where there is one; else the line after the last `####` alone;
    /// else what follows the last "answer is" or "answer:", then the last mathematics between
    /// dollar signs, `\(…\)` or `\[…\]`, then all of it, then the last number.
    static func candidates(in text: String) -> [String] {
        if let box = lastBox(in: text) { return [box] }
        if let line = AnswerExtractor.line(after: "####", in: text) { return [line] }
        var candidates: [String] = []
        if let stated = statement(in: text) {
            let sentence = stated.range(of: ". ").map { String(stated[..<$0.lowerBound]) }
            candidates += [sentence ?? stated]
            if let first = environments(in: stated).first { candidates.append(first) }
        }
        if let last = environments(in: text).last { candidates.append(last) }
        candidates.append(text.trimmingCharacters(in: .whitespacesAndNewlines))
        if let number = NumberScanner.lastNumber(in: text) { candidates.append(number) }
        return candidates
    }

    /// The answer that a data row states: in a box, after `####`, or all of it.
    static func expected(in text: String) -> String {
        lastBox(in: text) ?? AnswerExtractor.line(after: "####", in: text) ?? text
    }

    /// The line that follows the last "answer is" or "answer:".
    private static func statement(in text: String) -> String? {
        let markers = ["answer is:", "answer is", "answer:"]
        let places = markers.compactMap {
            text.range(of: $0, options: [.caseInsensitive, .backwards])
        }
        guard let last = places.max(by: { $0.upperBound < $1.upperBound }) else { return nil }
        let rest = text[last.upperBound...].drop { $0.isWhitespace || $0 == "*" }
        return String(rest.prefix { !$0.isNewline })
    }

    /// What the last box holds that is closed; of boxes inside each other, the outermost.
    ///
    /// One pass, so that a million boxes cost no more than a million letters.
    static func lastBox(in text: String) -> String? {
        let scalars = Array(text.unicodeScalars)
        var open: [(start: Int, depth: Int)] = []
        var depth = 0
        var last: Range<Int>?
        var index = 0
        while index < scalars.count {
            switch scalars[index] {
            case "\\":
                if let start = boxStart(scalars, index) {
                    open.append((start, depth))
                    depth += 1
                    index = start - 1
                } else {
                    index += 1
                }
            case "{": depth += 1
            case "}":
                depth -= 1
                if let box = open.last, box.depth >= depth {
                    if box.depth == depth { last = box.start..<index }
                    open.removeLast()
                }
            default: break
            }
            index += 1
        }
        return last.map { String(String.UnicodeScalarView(scalars[$0])) }
    }

    /// Where the content of a box begins, if one opens at `index`.
    private static func boxStart(_ scalars: [Unicode.Scalar], _ index: Int) -> Int? {
        for name in ["\\boxed", "\\fbox"] where scalars[index...].starts(with: name.unicodeScalars)
        {
            var next = index + name.unicodeScalars.count
            while next < scalars.count, scalars[next] == " " { next += 1 }
            if next < scalars.count, scalars[next] == "{" { return next + 1 }
        }
        return nil
    }

    /// What stands between `$…$`, `$$…$$`, `\(…\)` and `\[…\]`.
    static func environments(in text: String) -> [String] {
        let scalars = Array(text.unicodeScalars)
        var found: [String] = []
        var open: (mark: String, start: Int)?
        var index = 0
        while index < scalars.count {
            guard let mark = mark(scalars, index) else {
                index += scalars[index] == "\\" ? 2 : 1
                continue
            }
            let length = mark.unicodeScalars.count
            if let current = open, closing[current.mark] == mark {
                found.append(String(String.UnicodeScalarView(scalars[current.start..<index])))
                open = nil
            } else if closing[mark] != nil, open == nil || mark != "$" && mark != "$$" {
                open = (mark, index + length)
            }
            index += length
        }
        return found
    }

    private static let closing = ["$": "$", "$$": "$$", "\\(": "\\)", "\\[": "\\]"]

    private static func mark(_ scalars: [Unicode.Scalar], _ index: Int) -> String? {
        ["$$", "$", "\\(", "\\)", "\\[", "\\]"].first {
            scalars[index...].starts(with: $0.unicodeScalars)
        }
    }
}
