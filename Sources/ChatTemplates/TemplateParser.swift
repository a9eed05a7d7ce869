/// Reads a template as jinja2's `parser.py` does, with the statements that transformers adds.
///
/// Nesting is bounded, so that no template overflows the stack, here or when it is rendered.
struct TemplateParser {
    let tokens: [TemplateToken]
    var index = 0
    var nesting = 0
    var loops = 0

    static let maxDepth = 100

    private init(_ tokens: [TemplateToken]) {
        self.tokens = tokens
    }

    static func parse(_ source: [Unicode.Scalar]) throws(TemplateFailure) -> [Statement] {
        var parser = TemplateParser(try TemplateLexer.tokens(of: source))
        let statements = try parser.statements(until: [])
        guard parser.token.kind == .end else { throw parser.expected("text or a tag") }
        return statements
    }

    /// Statements up to a block whose first word is one of `ends`; that word is next.
    mutating func statements(until ends: [String]) throws(TemplateFailure) -> [Statement] {
        try deeper()
        defer { nesting -= 1 }
        var statements: [Statement] = []
        while true {
            let place = token.place
            switch token.kind {
            case .data(let text):
                index += 1
                statements.append(Statement(kind: .text(text), place: place))
            case .variableBegin:
                index += 1
                let value = try tuple()
                try skip(.variableEnd, "\"}}\"")
                statements.append(Statement(kind: .output(value), place: place))
            case .blockBegin:
                index += 1
                if case .name(let word) = token.kind, ends.contains(word) { return statements }
                statements.append(try statement())
            default:
                guard token.kind == .end, ends.isEmpty else {
                    let names = ends.map { "\"{% \($0) %}\"" }.joined(separator: " or ")
                    throw expected(ends.isEmpty ? "text or a tag" : names)
                }
                return statements
            }
        }
    }

    /// A body and the word that ends it.
    mutating func body(until ends: String...) throws(TemplateFailure) -> ([Statement], String) {
        try skip(.blockEnd, "\"%}\"")
        let statements = try statements(until: ends)
        return (statements, try name())
    }

    mutating func endOfBlock() throws(TemplateFailure) {
        try skip(.blockEnd, "\"%}\"")
    }
}

/// The tokens.
extension TemplateParser {
    var token: TemplateToken { tokens[index] }

    func expected(_ what: String) -> TemplateFailure {
        TemplateFailure(token.place, .syntax(expected: what, found: token.kind.shown))
    }

    mutating func deeper() throws(TemplateFailure) {
        nesting += 1
        guard nesting <= Self.maxDepth else {
            throw TemplateFailure(
                token.place,
                .limit("the template nests more than \(Self.maxDepth) levels deep"))
        }
    }

    /// Whether the next token is the mark, which is then skipped.
    mutating func skip(mark: String) -> Bool {
        guard token.kind == .mark(mark) else { return false }
        index += 1
        return true
    }

    mutating func skip(name: String) -> Bool {
        guard token.kind == .name(name) else { return false }
        index += 1
        return true
    }

    mutating func skip(
        _ kind: TemplateToken.Kind, _ what: String
    ) throws(TemplateFailure) {
        guard token.kind == kind else { throw expected(what) }
        index += 1
    }

    mutating func require(mark: String) throws(TemplateFailure) {
        try skip(.mark(mark), "\"\(mark)\"")
    }

    mutating func name() throws(TemplateFailure) -> String {
        guard case .name(let name) = token.kind else { throw expected("a name") }
        index += 1
        return name
    }

    func isNext(mark: String) -> Bool { token.kind == .mark(mark) }

    func isNext(name: String) -> Bool { token.kind == .name(name) }
}
