import Foundation

/// A number read from an answer or a completion.
///
/// The whole text must be one number. It may stand after a `####` marker as in GSM8K, between
/// quotes or Markdown's `**`, after "=", with a currency sign, and before a unit or other words
/// without digits, which are not converted: "18", "$1,234.50", "-3/4", "50%", "6.02e23", "18 eggs.".
struct NumericAnswer {
    /// The number, without the percent sign's hundredth.
    let figure: Rational
    let isPercentage: Bool

    /// Reads a text, or gives `nil` where it is not one number.
    init?(parsing text: String) {
        let line = AnswerExtractor.line(after: "####", in: text) ?? text
        var scanner = NumberScanner(line.trimmingCharacters(in: Self.decoration))
        guard let literal = scanner.literal(), Self.isTail(scanner.rest),
            let value = literal.value
        else { return nil }
        figure = value
        isPercentage = literal.isPercentage
    }

    /// Whether two numbers are equal, within an absolute tolerance.
    ///
    /// A percentage is its hundredth: 50% equals 0.5 and 1/2. It also equals the plain figure where
    /// that is 1 or more, because the answer to "what percentage" is often written without the
    /// sign: 50% equals 50. Under 1 both readings are common, so 0.5% does not equal 0.5.
    func equals(_ other: NumericAnswer, tolerance: Rational) -> Bool {
        func isClose(_ a: Rational, _ b: Rational) -> Bool { (a - b).magnitude <= tolerance }
        if isClose(value, other.value) { return true }
        guard isPercentage != other.isPercentage else { return false }
        let plain = isPercentage ? other : self
        return plain.figure.magnitude >= Rational(1) && isClose(figure, other.figure)
    }

    private var value: Rational {
        isPercentage ? figure * Rational(digits: [1], exponent: -2) : figure
    }

    /// What may stand around a number and says nothing.
    private static let decoration = CharacterSet.whitespacesAndNewlines
        .union(CharacterSet(charactersIn: "*`\"'_=:\\"))

    /// Whether the text after a number is a unit or words: no operator first, no further digit.
    ///
    /// "18-hour" would do as a unit, but so would the "-x" of "18-x"; the operator wins.
    private static func isTail(_ tail: ArraySlice<Unicode.Scalar>) -> Bool {
        let decoration: [Unicode.Scalar] = ["*", "*"]
        let tail = tail.starts(with: decoration) ? tail.dropFirst(2) : tail
        guard let first = tail.drop(while: { $0.properties.isWhitespace }).first else {
            return true
        }
        return !operators.contains(first)
            && tail.allSatisfy { $0.properties.numericType != .decimal }
    }

    private static let operators = Set("+-−*×÷/^=".unicodeScalars)
}
