/// What a reward takes for the answer of a completion.
public struct ReadAnswer: Sendable {
    /// The answer as it stands in the completion.
    public let text: String
    private let value: Value

    private enum Value: Sendable {
        case text(String)
        case number(NumericAnswer)
        case mathematics(MathAnswer)
    }

    /// An answer that is the same as another where the texts are equal.
    public init(_ text: String) {
        self.init(text, comparedAs: text)
    }

    /// An answer that is compared by another text than its own.
    init(_ text: String, comparedAs key: String) {
        (self.text, value) = (text, .text(key))
    }

    init(_ text: String, _ number: NumericAnswer) { (self.text, value) = (text, .number(number)) }

    init(_ text: String, _ mathematics: MathAnswer) {
        (self.text, value) = (text, .mathematics(mathematics))
    }

    /// Whether two answers are equal as the reward compares them, without its tolerance.
    public func isSame(as other: ReadAnswer) -> Bool {
        switch (value, other.value) {
        case (.text(let a), .text(let b)): a == b
        case (.number(let a), .number(let b)): a.equals(b, tolerance: Rational(0))
        case (.mathematics(let a), .mathematics(let b)): a.equals(b)
        default: false
        }
    }
}
