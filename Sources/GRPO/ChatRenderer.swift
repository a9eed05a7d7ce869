import ChatTemplates
import Foundation
package import Tokenizers

/// Turns conversations into text with a model's chat template and the settings of a run.
package struct ChatRenderer: Sendable {
    /// A conversation that cannot become a prompt.
    package struct Refused: Error, Equatable, CustomStringConvertible {
        package let description: String

        init(_ description: String) { self.description = description }
    }

    private let specialTokens: [JSON.Member]
    /// Read once; a model without a template is only refused where one is needed.
    private let plainTemplate: Result<ChatTemplate, any Error>
    private let toolTemplate: Result<ChatTemplate, any Error>
    private let settings: Configuration.Chat
    private let tools: JSON?
    private let variables: [JSON.Member]
    private let date: TemplateDate

    /// A renderer for the model whose tokenizer this is.
    ///
    /// - Throws: errors of the tokenizer's files, of the tools' file, and of settings.
    package init(_ tokenizer: Tokenizer, settings: Configuration.Chat) throws {
        let templates = try ChatTemplateFolder(tokenizer)
        specialTokens = templates.specialTokens
        plainTemplate = Result { try templates.template(hasTools: false) }
        toolTemplate = Result { try templates.template(hasTools: true) }
        self.settings = settings
        variables = try settings.extraVariables()
        date = try settings.templateDate()
        tools = try settings.tools.map { path in
            guard let bytes = FileManager.default.contents(atPath: path) else {
                throw Refused("\(path): expected a file with a list of tools, found nothing.")
            }
            let value = try JSONParser.parse(Array(bytes), file: path)
            guard case .array = value else {
                throw Refused("\(path): expected a list of tools, found \(value.summary).")
            }
            return value
        }
    }

    /// Whether text is one user's message.
    var takesText: Bool { settings.apply == .always }

    /// Whether text would leave settings without effect.
    var refusesText: Bool { settings.apply == .messages && settings.isUsed }

    /// The text that completions continue.
    package func prompt(_ messages: [JSON], tools: JSON? = nil) throws -> String {
        guard messages.last?.role != "assistant" else {
            throw Refused(
                "the last message is the assistant's, so nothing is left to say. End the prompt "
                    + "with the message that is to be answered.")
        }
        return try render(messages, tools: tools, generationPrompt: settings.generationPrompt)
    }

    /// The prompt and the text to learn: the last message, with the end that the template gives it.
    func example(_ messages: [JSON], tools: JSON? = nil) throws -> (prompt: String, answer: String)
    {
        guard messages.last?.role == "assistant", messages.count > 1 else {
            throw Refused(
                "expected the last message to be the assistant's, which is what is learned.")
        }
        let prompt = try render(
            messages.dropLast(), tools: tools, generationPrompt: settings.generationPrompt)
        let whole = try render(messages, tools: tools, generationPrompt: false)
        guard whole.utf8.starts(with: prompt.utf8) else {
            throw Refused(
                "the template writes the prompt otherwise once it is answered, so that what was "
                    + "learned would not be what is asked. Set data.chat.generation_prompt to "
                    + "false, data.chat.enable_thinking to the answer's form, or use a template "
                    + "for training (TRL: get_training_chat_template).")
        }
        return (prompt, String(decoding: whole.utf8.dropFirst(prompt.utf8.count), as: UTF8.self))
    }

    private func render(
        _ given: [JSON], tools rowTools: JSON?, generationPrompt: Bool
    ) throws -> String {
        var messages = given.map(\.withReasoningAliases)
        if let system = settings.system, !["system", "developer"].contains(messages.first?.role) {
            messages.insert(.message(role: "system", content: system), at: 0)
        }
        let tools = rowTools ?? tools
        var members: [JSON.Member] = [
            JSON.Member(key: "messages", value: .array(messages)),
            JSON.Member(key: "tools", value: tools ?? .null),
            JSON.Member(key: "documents", value: .null),
            JSON.Member(key: "add_generation_prompt", value: .bool(generationPrompt)),
        ]
        members += specialTokens
        if let thinking = settings.thinking {
            members.append(JSON.Member(key: "enable_thinking", value: .bool(thinking)))
        }
        return try (tools == nil ? plainTemplate : toolTemplate).get()
            .render(members + variables, date: date)
    }
}

extension JSON {
    /// A message of text.
    package static func message(role: String, content: String) -> JSON {
        .object([
            Member(key: "role", value: .string(role)),
            Member(key: "content", value: .string(content)),
        ])
    }

    /// The role of a message, or nil where this is none.
    var role: String? {
        guard case .string(let role) = self["role"] else { return nil }
        return role
    }

    /// The message with its reasoning under the names that templates read, as transformers gives it.
    fileprivate var withReasoningAliases: JSON {
        guard case .object(let members) = self else { return self }
        let names = ["reasoning_content", "thinking", "reasoning"]
        let found = names.compactMap { self[$0] }
            .first { if case .null = $0 { false } else { true } }
        guard let reasoning = found else { return self }
        let front =
            self["thinking"] == nil ? [Member(key: "thinking", value: reasoning)] : []
        let rest = members.filter { $0.key != "reasoning_content" }
        return .object(front + rest + [Member(key: "reasoning_content", value: reasoning)])
    }
}
