import Foundation
import TestSupport
import Testing
import Tokenizers

@testable import GRPO

/// A template with a role's name in front of each message and `;` after it.
private let template = """
    {% for m in messages %}{{ m.role }}: {{ m.content }}{{ eos_token }};{% endfor %}\
    {% if tools %}{{ tools|tojson }}{% endif %}\
    {% if enable_thinking is defined %}{{ enable_thinking }}{% endif %}\
    {% if add_generation_prompt %}assistant: {% endif %}
    """

@Suite struct ChatDataTests {
    private func rows(
        _ text: String, template: String? = template, learnsAnswers: Bool = false,
        _ change: (inout Configuration.Chat) -> Void = { _ in }
    ) throws -> [PromptRow] {
        var settings = Configuration.Chat()
        change(&settings)
        return try withTemporaryFolder { folder in
            try Tokenizer.byteLevel().write(to: folder)
            if let template {
                try Data(template.utf8).write(to: folder.appending(path: "chat_template.jinja"))
            }
            let file = folder.appending(path: "rows.jsonl")
            try Data(text.utf8).write(to: file)
            do {
                return try PromptData.rows(
                    of: file.path, prompt: PromptTemplate("{prompt}"),
                    answer: PromptTemplate("{answer}"),
                    chat: ChatRenderer(Tokenizer(folder: folder), settings: settings),
                    learnsAnswers: learnsAnswers)
            } catch var error as PromptDataError {
                error.file = "rows.jsonl"
                if case .chat(let reason) = error.problem {
                    error.problem = .chat(reason.replacing(folder.path, with: "model"))
                }
                throw error
            }
        }
    }

    private func complaint(_ body: () throws -> Void) -> String? {
        do {
            try body()
            return nil
        } catch {
            return "\(error)"
        }
    }

    private let question =
        "{\"prompt\": [{\"role\": \"user\", \"content\": \"1+1\"}], \"answer\": \"2\"}"

    @Test func messagesGoThroughTheTemplate() throws {
        let row = try #require(try rows(question).first)
        #expect(row.prompt == "user: 1+1<|endoftext|>;assistant: ")
        #expect(row.answer == "2")
    }

    @Test func textStaysUnlessTheTemplateAppliesToAll() throws {
        let text = "{\"prompt\": \"1+1\", \"answer\": \"2\"}"
        #expect(try rows(text).first?.prompt == "1+1")
        #expect(
            try rows(text) { $0.apply = .always }.first?.prompt
                == "user: 1+1<|endoftext|>;assistant: ")
        #expect(
            complaint { _ = try rows(text) { $0.system = "Hi" } }
                == "rows.jsonl:1: the prompt is text, and data.chat is set for lists of messages. "
                + "Set data.chat.apply to always, which makes the text a user's message, or leave "
                + "data.chat out.")
    }

    @Test func settingsReachTheTemplate() throws {
        let prompt = try rows(question) {
            $0.system = "Hi"
            $0.thinking = false
            $0.generationPrompt = false
        }.first?.prompt
        #expect(prompt == "system: Hi<|endoftext|>;user: 1+1<|endoftext|>;False")
    }

    @Test func toolsOfARowKeepTheirOrder() throws {
        let row =
            "{\"prompt\": [{\"role\": \"user\", \"content\": \"x\"}], "
            + "\"tools\": [{\"b\": 1, \"a\": 1.0}], \"answer\": \"2\"}"
        #expect(try rows(row).first?.prompt.contains("[{\"b\": 1, \"a\": 1.0}]") == true)
    }

    @Test func theLastAnswerIsLearnedWithItsEnd() throws {
        let answered =
            "{\"prompt\": [{\"role\": \"user\", \"content\": \"1+1\"}, "
            + "{\"role\": \"assistant\", \"content\": \"2\"}]}"
        for row in try rows(answered, learnsAnswers: true) + rows(question, learnsAnswers: true) {
            #expect(row.prompt == "user: 1+1<|endoftext|>;assistant: ")
            #expect(row.answer == "2<|endoftext|>;")
            #expect(row.answerEndsItself)
        }
        #expect(
            complaint { _ = try rows(answered.replacing("]}", with: "], \"answer\": \"2\"}")) }?
                .hasPrefix("rows.jsonl:1: the last message is the assistant's") == true)
    }

    @Test func aPromptThatChangesOnceAnsweredIsRefused() {
        let template = "{{ messages|length }}{% for m in messages %}{{ m.content }}{% endfor %}"
        #expect(
            complaint { _ = try rows(question, template: template, learnsAnswers: true) }?
                .hasPrefix("rows.jsonl:1: the template writes the prompt otherwise") == true)
    }

    @Test func messagesNeedATemplate() {
        #expect(
            complaint { _ = try rows(question, template: nil) }
                == "rows.jsonl:1: model: the model has no chat template (chat_template.jinja, or "
                + "chat_template in tokenizer_config.json), so it cannot take messages. Give "
                + "prompts as text, or use a model that was trained on chats")
    }

    @Test func listsThatAreNoMessagesAreRefused() {
        #expect(
            complaint { _ = try rows("{\"prompt\": [1], \"answer\": \"2\"}") }
                == "rows.jsonl:1: expected the field \"prompt\" to be text or a list of messages "
                + "like {\"role\": \"user\", \"content\": \"1 + 1 =\"}.")
    }

    @Test func chatSettingsAreChecked() {
        var chat = Configuration.Chat()
        chat.date = "2026-13-01"
        #expect(
            complaint { try chat.validate(at: ["data", "chat"]) }
                == "data.chat.date: expected a day like 2026-03-31.")
        chat.date = nil
        chat.variables = "[1]"
        #expect(
            complaint { try chat.validate(at: ["data", "chat"]) }?
                .hasPrefix("data.chat.variables: expected a JSON object") == true)
        #expect(chat.dated().date?.count == 10)
    }
}
