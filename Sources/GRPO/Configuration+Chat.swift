import ChatTemplates
import Foundation
import Tokenizers

extension Configuration {
    /// How messages become text, by the model's own chat template.
    public struct Chat: Sendable, Equatable {
        /// Which rows go through the template.
        public var apply = Apply.messages
        /// A system message in front of conversations that have none.
        public var system: String?
        /// Whether the prompt ends with the beginning of the assistant's turn.
        public var generationPrompt = true
        /// What the template sees as `enable_thinking`; `nil` for the template's own default.
        public var thinking: Bool?
        /// JSON file with the tools that every conversation may use.
        public var tools: String?
        /// More variables of the template, as a JSON object.
        public var variables: String?
        /// What `strftime_now` shows, `YYYY-MM-DD`; a run without one takes the day it begins.
        public var date: String?

        /// Which rows go through the chat template.
        public enum Apply: String, Sendable, CaseIterable {
            /// Those whose prompt is a list of messages.
            case messages
            /// All: a prompt that is text becomes one user's message.
            case always
        }

        /// The defaults.
        public init() {}
    }
}

extension Configuration.Chat.Apply: ConfigurationChoice {}

extension Configuration.Chat: ConfigurationSection {
    var fields: [ConfigurationField<Self>] {
        [
            ConfigurationField(
                "apply", \.apply,
                "messages: prompts that are lists of messages; always: text is a user's message."),
            ConfigurationField(
                "system", \.system, "System message for conversations that have none; null: none."),
            ConfigurationField(
                "generation_prompt", \.generationPrompt,
                "Whether the prompt ends with the beginning of the assistant's turn."),
            ConfigurationField(
                "enable_thinking", \.thinking,
                "The template's enable_thinking; null for the template's own default."),
            ConfigurationField(
                "tools", \.tools, allowed: .ifPresent(.path),
                "JSON file with a list of tools; a row's own field \"tools\" comes first."),
            ConfigurationField(
                "variables", \.variables,
                "More variables of the template, a JSON object in quotes; null for none."),
            ConfigurationField(
                "date", \.date,
                "Day that strftime_now shows, YYYY-MM-DD; null for the day the run begins."),
        ]
    }

    func validateTogether(at path: [String]) throws(ConfigurationError) {
        do {
            _ = try extraVariables()
            _ = try templateDate()
        } catch {
            throw ConfigurationError(path + [error.key], .malformed(error.reason))
        }
    }

    /// A value that is not what its key needs.
    struct Malformed: Error {
        let key: String
        let reason: String
    }

    /// Whether a setting asks for a chat template.
    var isUsed: Bool {
        var plain = Self()
        plain.date = date
        return self != plain
    }

    func extraVariables() throws(Malformed) -> [JSON.Member] {
        guard let variables else { return [] }
        do {
            let value = try JSONParser.parse(Array(variables.utf8), file: "data.chat.variables")
            if case .object(let members) = value { return members }
        } catch {
            throw Malformed(key: "variables", reason: "\(error)")
        }
        throw Malformed(
            key: "variables", reason: "expected a JSON object like {\"reasoning_effort\": \"low\"}."
        )
    }

    func templateDate() throws(Malformed) -> TemplateDate {
        guard let date else { return TemplateDate(Date()) }
        let parts = date.split(separator: "-").map { Int($0) }
        guard date.wholeMatch(of: /\d{4}-\d{2}-\d{2}/) != nil, parts.count == 3,
            let year = parts[0], let month = parts[1], let day = parts[2],
            1...12 ~= month, 1...31 ~= day
        else { throw Malformed(key: "date", reason: "expected a day like 2026-03-31.") }
        return TemplateDate(year: year, month: month, day: day)
    }

    /// These settings with a date, so that a run that is resumed shows the same one.
    func dated() -> Self {
        var dated = self
        let today = TemplateDate(Date())
        let digits = { (value: Int, width: Int) in
            String(repeating: "0", count: max(width - "\(value)".count, 0)) + "\(value)"
        }
        dated.date =
            date
            ?? [digits(today.year, 4), digits(today.month, 2), digits(today.day, 2)]
            .joined(separator: "-")
        return dated
    }
}
