import Rewards
import Tokenizers

/// Rows whose prompt is a conversation.
extension PromptData {
    /// What of a row becomes a prompt by a chat template.
    struct Conversation {
        let messages: [JSON]
        /// The row's own field `tools`.
        let tools: JSON?
    }

    /// The conversation of a row, or nil where the prompt is text that stays as it is.
    ///
    /// - Throws: a prompt of text that the chat settings cannot apply to, or messages without roles.
    func conversation(
        _ bytes: ArraySlice<UInt8>, fields: [String: JSONValue], text: () throws -> String
    ) throws -> Conversation? {
        let field = prompt.onlyField ?? ""
        guard case .array? = fields[field] else {
            guard let chat else { return nil }
            if chat.takesText {
                return Conversation(
                    messages: [.message(role: "user", content: try text())],
                    tools: try tools(of: bytes))
            }
            guard !chat.refusesText else {
                throw ChatRenderer.Refused(
                    "the prompt is text, and data.chat is set for lists of messages. Set "
                        + "data.chat.apply to always, which makes the text a user's message, or "
                        + "leave data.chat out.")
            }
            return nil
        }
        // Read once more, as the templates need the order of keys and the form of numbers.
        let row = try JSONParser.parse(Array(bytes), file: "the row")
        guard case .array(let messages)? = row[field], !messages.isEmpty,
            messages.allSatisfy({ $0.role != nil })
        else {
            throw ChatRenderer.Refused(
                "expected the field \"\(field)\" to be text or a list of messages like "
                    + "{\"role\": \"user\", \"content\": \"1 + 1 =\"}.")
        }
        return Conversation(messages: messages, tools: row["tools"].flatMap(\.ifList))
    }

    private func tools(of bytes: ArraySlice<UInt8>) throws -> JSON? {
        try JSONParser.parse(Array(bytes), file: "the row")["tools"].flatMap(\.ifList)
    }
}

extension JSON {
    fileprivate var ifList: JSON? { if case .array = self { self } else { nil } }
}

extension PromptTemplate {
    /// The field, where the template is nothing but one.
    var onlyField: String? {
        guard parts.count == 1, case .field(let field) = parts[0] else { return nil }
        return field
    }
}
