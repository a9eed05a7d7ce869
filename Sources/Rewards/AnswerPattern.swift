import Foundation

/// A regular expression that has been checked to compile.
///
/// The syntax is ICU's; `.` does not match a line break unless the expression starts with `(?s)`.
public struct AnswerPattern: Sendable {
    /// The expression as it was written.
    public let expression: String
    private let regularExpression: NSRegularExpression
    /// When the clock ends a search that has not used up its quota of steps.
    var ceiling = Duration.seconds(5)

    /// Compiles an expression.
    ///
    /// - Parameter expression: a regular expression in ICU syntax.
    /// - Throws: `RewardError.invalidPattern` where it does not compile.
    public init(_ expression: String) throws(RewardError) {
        try self.init(expression, reward: nil)
    }

    init(_ expression: String, reward: String?) throws(RewardError) {
        guard let compiled = try? NSRegularExpression(pattern: expression) else {
            throw .invalidPattern(reward: reward, expression: expression)
        }
        self.expression = expression
        self.regularExpression = compiled
    }

    /// Whether the expression matches anywhere in a text.
    func matches(_ text: String, reward: String) throws(RewardError) -> Bool {
        try match(.first, in: text, reward: reward) != nil
    }

    /// The text of the last match: its first group that took part, or all of it where the
    /// expression has no group; without white space around it.
    func lastCapture(in text: String, reward: String) throws(RewardError) -> String? {
        guard let match = try match(.last, in: text, reward: reward) else { return nil }
        let ranges = (0..<match.numberOfRanges).map(match.range(at:))
        let group = ranges.dropFirst().first { $0.location != NSNotFound }
        guard let range = ranges.count > 1 ? group : ranges.first,
            let indices = Range(range, in: text)
        else { return nil }
        return text[indices].trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private enum Which { case first, last }

    /// The first or last match in a text, within a budget.
    ///
    /// A regular expression can take exponential time on a completion made for it. The engine
    /// reports each start of a match and each few thousand steps. The reports are counted, so that
    /// the outcome is the same on every machine; the clock only ends a search of a text so long that
    /// its quota of reports takes too long.
    private func match(
        _ which: Which, in text: String, reward: String
    ) throws(RewardError) -> NSTextCheckingResult? {
        let range = NSRange(text.startIndex..., in: text)
        let quota = range.length + Self.extraReports
        let deadline = ContinuousClock.now + ceiling
        var found: NSTextCheckingResult?
        var reports = 0
        var isTooSlow = false
        regularExpression.enumerateMatches(in: text, options: .reportProgress, range: range) {
            match, _, stop in
            reports += match == nil ? 1 : 0
            found = match ?? found
            isTooSlow = reports > quota || ContinuousClock.now > deadline
            if isTooSlow || found != nil && which == .first { stop.pointee = true }
        }
        guard !isTooSlow else { throw .patternTooSlow(reward: reward, expression: expression) }
        return found
    }

    /// About half a second of search on one core, beyond one start at each character.
    private static let extraReports = 1_000
}
