/// A chat template that cannot be read or rendered: which template, where, what, and what to do.
public struct ChatTemplateError: Error, Equatable {
    /// What can be wrong.
    public enum Problem: Sendable, Equatable {
        /// The text is not a template.
        case syntax(expected: String, found: String)
        /// A part of Jinja that this library does not know.
        case unsupported(String, supported: [String])
        /// A value that is not there was used.
        case undefined(String)
        /// A value of the wrong kind was used.
        case invalid(String)
        /// The template called `raise_exception`.
        case raised(String)
        /// Rendering would take more than an honest template needs.
        case limit(String)
    }

    /// The file or key that the template comes from.
    public let template: String
    /// The line, from 1.
    public let line: Int
    /// The character (Unicode scalar) of the line, from 1.
    public let column: Int
    /// What is wrong.
    public let problem: Problem
}

extension ChatTemplateError: CustomStringConvertible {
    /// The sentence that the user reads.
    public var description: String { "\(template):\(line):\(column): \(reason)" }

    private var reason: String {
        switch problem {
        case .syntax(let expected, let found):
            "expected \(expected), found \(found); the template is damaged: fetch it again"
        case .unsupported(let what, let supported):
            """
            \(what) is not supported; supported: \(supported.joined(separator: ", ")). Rewrite the \
            template with these
            """
        case .undefined(let what):
            "\(what); give it in the messages or in the chat settings"
        case .invalid(let what):
            "\(what); check that the messages have the form that the template expects"
        case .raised(let message):
            "the template refuses the conversation: \(message)"
        case .limit(let what):
            "\(what); shorten the conversation, or use another template"
        }
    }
}

/// A problem at a place of a template, before the name of the template is known.
struct TemplateFailure: Error {
    /// The scalar of the source, from 0.
    let place: Int
    let problem: ChatTemplateError.Problem

    init(_ place: Int, _ problem: ChatTemplateError.Problem) {
        self.place = place
        self.problem = problem
    }

    /// The error that says the line and the column.
    func error(in source: [Unicode.Scalar], template: String) -> ChatTemplateError {
        let before = source.prefix(place)
        let lineStart = before.lastIndex(of: "\n").map { $0 + 1 } ?? 0
        return ChatTemplateError(
            template: template, line: before.count { $0 == "\n" } + 1,
            column: before.count - lineStart + 1, problem: problem)
    }
}

/// How much a template may ask for; templates come from strangers.
package struct TemplateLimits: Sendable {
    /// Evaluated nodes, and scalars or elements made: 20 million are some seconds.
    package var steps = 20_000_000
    /// Nodes and calls inside each other.
    package var depth = 250
    /// Bytes of the text and of any string on the way.
    package var bytes = 32 << 20

    package init() {}
}
