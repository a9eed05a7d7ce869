import Rewards

/// Text with fields of a row in it: `Q: {question}\nA: `; `{{` and `}}` stand for braces.
public struct PromptTemplate: Sendable, Equatable, CustomStringConvertible {
    /// A piece of a template.
    enum Part: Sendable, Equatable {
        case text(String)
        case field(String)
    }

    /// The template as it was written.
    public let text: String
    let parts: [Part]

    /// A template that is one field.
    init(field: String) {
        text = "{\(field)}"
        parts = [.field(field)]
    }

    /// A template from its text.
    ///
    /// - Throws: `PromptTemplateError` where braces do not pair up, or no field is named.
    public init(_ text: String) throws(PromptTemplateError) {
        self.text = text
        parts = try Self.parts(of: text)
        guard parts.contains(where: { if case .field = $0 { true } else { false } }) else {
            throw .noField(text)
        }
    }

    /// The text as it was written.
    public var description: String { text }

    /// The text with the fields' values in their places.
    ///
    /// - Throws: the field that the row does not have, or whose value is null.
    func filled(from row: [String: JSONValue]) throws(MissingField) -> String {
        var result = ""
        for part in parts {
            switch part {
            case .text(let text): result += text
            case .field(let field):
                guard let value = row[field] else { throw MissingField(name: field, isNull: false) }
                if case .null = value { throw MissingField(name: field, isNull: true) }
                // The first piece is the row's own text, not a copy: files may be large.
                if result.isEmpty { result = value.text } else { result += value.text }
            }
        }
        return result
    }

    /// A field that a template needs and a row lacks.
    struct MissingField: Error {
        let name: String
        let isNull: Bool
    }

    private static func parts(of text: String) throws(PromptTemplateError) -> [Part] {
        var parts: [Part] = []
        var literal = ""
        var rest = text[...]
        while let character = rest.popFirst() {
            if character == "{" || character == "}", rest.first == character {
                literal.append(character)
                rest.removeFirst()
            } else if character == "{" {
                guard let end = rest.firstIndex(of: "}") else { throw .unclosed(text) }
                let field = rest[..<end]
                guard !field.isEmpty, !field.contains("{") else { throw .unclosed(text) }
                if !literal.isEmpty { parts.append(.text(literal)) }
                literal = ""
                parts.append(.field(String(field)))
                rest = rest[rest.index(after: end)...]
            } else if character == "}" {
                throw .unopened(text)
            } else {
                literal.append(character)
            }
        }
        return literal.isEmpty ? parts : parts + [.text(literal)]
    }
}

/// A template that cannot be used.
public enum PromptTemplateError: Error, Equatable, CustomStringConvertible {
    /// A `{` without its field and `}`.
    case unclosed(String)
    /// A `}` without its `{`.
    case unopened(String)
    /// Nothing of the row is in it.
    case noField(String)

    /// The template, what is wrong, and what to write.
    public var description: String {
        switch self {
        case .unclosed(let text):
            "the template \"\(text)\" has a \"{\" without a field and \"}\" after it. "
                + "Write {field}, or {{ for a brace."
        case .unopened(let text):
            "the template \"\(text)\" has a \"}\" without \"{\" before it. "
                + "Write {field}, or }} for a brace."
        case .noField(let text):
            "the template \"\(text)\" names no field, so it would be the same for every row. "
                + "Write a field's name in braces, for example \"{question}\"."
        }
    }
}
