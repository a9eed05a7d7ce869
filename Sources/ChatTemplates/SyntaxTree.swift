/// An expression and its place in the source.
struct Expression: Sendable {
    let kind: Kind
    let place: Int
    /// Expressions inside each other, this one included; the parser bounds it.
    let depth: Int

    indirect enum Kind: Sendable {
        case none
        case bool(Bool)
        case integer(Int)
        case number(Double)
        case string(String)
        case name(String)
        case list([Expression])
        case tuple([Expression])
        case dictionary([(key: Expression, value: Expression)])
        case attribute(Expression, String)
        case element(Expression, Expression)
        case slice(Expression, start: Expression?, stop: Expression?, step: Expression?)
        case call(Expression, Arguments)
        case filter(Expression, String, Arguments)
        case test(Expression, String, Arguments)
        case negate(Expression)
        case plus(Expression)
        case not(Expression)
        case and(Expression, Expression)
        case or(Expression, Expression)
        case arithmetic(String, Expression, Expression)
        case concatenation([Expression])
        case comparison(Expression, [(operation: String, value: Expression)])
        case conditional(condition: Expression, then: Expression, otherwise: Expression?)
    }
}

/// What stands in the brackets of a call.
struct Arguments: Sendable {
    var positional: [Expression] = []
    var named: [(name: String, value: Expression)] = []

    var all: [Expression] { positional + named.map(\.value) }
}

/// A statement, or text to write.
struct Statement: Sendable {
    let kind: Kind
    let place: Int

    indirect enum Kind: Sendable {
        case text(String)
        case output(Expression)
        case conditional(
            branches: [(condition: Expression, body: [Statement])], otherwise: [Statement])
        case loop(Loop)
        case assign(Target, Expression)
        case capture(Target, filters: [FilterCall], body: [Statement])
        case macro(name: String, Signature, body: [Statement])
        case call(Signature, Expression, body: [Statement])
        case filter([FilterCall], body: [Statement])
        case with([(target: Target, value: Expression)], body: [Statement])
        /// The assistant's text, which training on masks marks.
        case generation([Statement])
        case breakLoop
        case continueLoop
    }
}

/// What a value is assigned to.
indirect enum Target: Sendable {
    case name(String)
    case tuple([Target])
    /// An attribute of a namespace.
    case attribute(String, String)
}

/// A filter without the value that it is applied to.
struct FilterCall: Sendable {
    let name: String
    let arguments: Arguments
    let place: Int
}

/// `for`, perhaps with `if`, `else` and `recursive`.
struct Loop: Sendable {
    let target: Target
    let elements: Expression
    let condition: Expression?
    let body: [Statement]
    let otherwise: [Statement]
    let isRecursive: Bool
}

/// The parameters of a macro.
struct Signature: Sendable {
    var parameters: [(name: String, standard: Expression?)] = []
    /// Whether the body uses `varargs`, so that more arguments may come.
    var takesMore = false
    /// Whether it uses `kwargs`.
    var takesNamed = false
}
