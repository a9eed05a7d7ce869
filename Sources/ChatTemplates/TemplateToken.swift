/// A piece of a template's source.
struct TemplateToken {
    enum Kind: Equatable {
        /// Text that is written as it is.
        case data(String)
        /// `{{`
        case variableBegin
        /// `}}`
        case variableEnd
        /// `{%`
        case blockBegin
        /// `%}`
        case blockEnd
        case name(String)
        case string(String)
        case integer(Int)
        case number(Double)
        /// An operator or a bracket.
        case mark(String)
        case end
    }

    let kind: Kind
    /// The scalar of the source, from 0.
    let place: Int
}

extension TemplateToken.Kind {
    /// The token as an error shows it.
    var shown: String {
        switch self {
        case .data: "text"
        case .variableBegin: "\"{{\""
        case .variableEnd: "\"}}\""
        case .blockBegin: "\"{%\""
        case .blockEnd: "\"%}\""
        case .name(let name): "\"\(name)\""
        case .string: "a string"
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .mark(let mark): "\"\(mark)\""
        case .end: "the end of the template"
        }
    }
}
