import Foundation

/// A regular expression of a tokenizer file that no scanner of ours knows.
///
/// The tokenizers package has Oniguruma, this has ICU (NSRegularExpression). What the two read
/// differently is refused; ICU's newer letters, unassigned to Oniguruma, remain.
struct RegularExpression: Sendable {
    private let expression: NSRegularExpression

    /// Nil where ICU cannot compile it, or would read it as another one.
    init?(_ source: String) {
        // In Oniguruma \h is a hexadecimal digit and (?m) lets a dot match line breaks.
        let differs = [#"\h"#, #"\H"#, #"\O"#, #"\K"#, #"\y"#, #"\Y"#, "(?m", "(?s", "(?im", "(?~"]
        guard !differs.contains(where: source.contains),
            // ^ and $ match at every line break, which is \n alone.
            let expression = try? NSRegularExpression(
                pattern: source, options: [.anchorsMatchLines, .useUnixLineSeparators])
        else { return nil }
        self.expression = expression
    }

    /// The matches within a range of a text, in bytes, from left to right.
    func places(in text: [UInt8], range: Range<Int>) -> [Range<Int>] {
        let string = text.text(in: range)
        let whole = NSRange(location: 0, length: string.utf16.count)
        var places: [Range<Int>] = []
        // Matches come in order: one walk turns their places, in UTF-16, into bytes.
        var index = string.utf16.startIndex
        var position = 0
        var byte = range.lowerBound
        func advance(to target: Int) -> Int {
            let next = string.utf16.index(index, offsetBy: target - position)
            byte += string.utf8.distance(from: index, to: next)
            (index, position) = (next, target)
            return byte
        }
        for match in expression.matches(in: string, range: whole)
        where match.range.location >= position {
            let start = advance(to: match.range.location)
            places.append(start..<advance(to: match.range.location + match.range.length))
        }
        return places
    }
}
