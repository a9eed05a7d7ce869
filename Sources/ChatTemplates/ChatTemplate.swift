package import Tokenizers

/// A chat template: the Jinja that turns messages into the text a model was trained on.
///
/// The results are those of transformers' `render_jinja_template`.
package struct ChatTemplate: Sendable {
    /// What errors call the template.
    package let name: String
    private let source: [Unicode.Scalar]
    private let statements: [Statement]
    private let limits: TemplateLimits

    /// The longest template that is read, in bytes.
    private static let maxLength = 1 << 20

    /// Reads a template.
    ///
    /// - Parameters:
    ///   - text: the template.
    ///   - name: the file or key that it comes from.
    ///   - limits: how much rendering may take.
    /// - Throws: ``ChatTemplateError``, with line and column.
    package init(
        _ text: String, name: String, limits: TemplateLimits = TemplateLimits()
    ) throws(ChatTemplateError) {
        self.name = name
        self.limits = limits
        guard text.utf8.count <= Self.maxLength else {
            throw ChatTemplateError(
                template: name, line: 1, column: 1,
                problem: .limit("the template has more than \(Self.maxLength) bytes"))
        }
        source = TemplateLexer.normalized(text)
        do throws(TemplateFailure) {
            statements = try TemplateParser.parse(source)
        } catch {
            throw error.error(in: source, template: name)
        }
    }

    /// The text of a conversation.
    ///
    /// - Parameters:
    ///   - variables: what the template sees: `messages`, `add_generation_prompt` and others.
    ///   - date: what `strftime_now` shows.
    /// - Returns: what transformers gives, special tokens included.
    /// - Throws: ``ChatTemplateError``.
    package func render(
        _ variables: [JSON.Member], date: TemplateDate
    ) throws(ChatTemplateError) -> String {
        let interpreter = Interpreter(limits: limits, date: date)
        let context = Scope(nil)
        for variable in variables { context.values[variable.key] = Value(variable.value) }
        var text = ""
        do throws(TemplateFailure) {
            _ = try interpreter.run(statements, Scope(context), into: &text)
        } catch {
            throw error.error(in: source, template: name)
        }
        return text
    }
}
