import Foundation
import TestSupport
import Testing

/// `grpo generate --chat`, with a file in place of the terminal.
@Suite struct ChatTests {
    private static let template = """
        {%- for m in messages %}{{ m.role }}: {{ m.content }}{{ eos_token }}{% endfor %}\
        {%- if messages|length > 3 %}{{ raise_exception('too long') }}{% endif %}\
        {%- if add_generation_prompt %}assistant: {% endif %}
        """

    private func chat(
        _ input: String, _ flags: [String] = [], template: String? = template
    ) throws -> Program.Outcome {
        try withTemporaryFolder { folder in
            let made = try Program("grpo").run(["init", "model", "--size", "nano"], in: folder)
            #expect(made.status == 0)
            if let template {
                try Data(template.utf8)
                    .write(to: folder.appending(path: "model/chat_template.jinja"))
            }
            try Data(input.utf8).write(to: folder.appending(path: "input"))
            let command =
                ([Program("grpo").file.path, "generate", "model", "--chat", "--json"] + flags)
                .joined(separator: " ")
            return try Program(path: "/bin/sh")
                .run(["-c", "\(command) --max-new-tokens 6 < input"], in: folder)
        }
    }

    @Test func everyMessageIsAnsweredUntilTheExit() throws {
        let outcome = try chat("one\n/reset\n\ntwo\n/nope\n/exit\nnever\n")
        #expect(outcome.status == 0)
        #expect(outcome.output.split(separator: "\n").count == 2)
        #expect(outcome.errors.contains("/nope: expected /reset, /system TEXT or /exit."))
    }

    @Test func theConversationIsKept() throws {
        // The template refuses the second question, which comes with the first and its answer.
        let outcome = try chat("/system Be brief.\none\ntwo\n")
        #expect(outcome.output.split(separator: "\n").count == 1)
        #expect(outcome.errors.contains("the template refuses the conversation: too long"))
    }

    @Test func aModelWithoutATemplateIsRefusedFirst() throws {
        let outcome = try chat("one\n", template: nil)
        #expect(outcome.status == 2)
        #expect(outcome.errors.contains("the model has no chat template"))
    }
}
