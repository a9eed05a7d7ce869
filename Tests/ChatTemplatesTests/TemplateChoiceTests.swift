import Foundation
import Testing
import Tokenizers

@testable import ChatTemplates

/// Which template of a model folder is taken: transformers' order.
@Suite struct TemplateChoiceTests {
    /// What the chosen template writes in a folder with these files.
    private func chosen(_ files: [String: String], hasTools: Bool = false) throws -> String {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "swift-grpo-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try Tokenizer.byteLevel().write(to: folder)
        for (name, text) in files {
            let file = folder.appending(path: name)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        let templates = try ChatTemplateFolder(Tokenizer(folder: folder))
        return try templates.template(hasTools: hasTools)
            .render(templates.specialTokens, date: goldenDate)
    }

    @Test func theFileComesBeforeTheConfiguration() throws {
        let files = [
            "chat_template.jinja": "file", "chat_template.json": "{\"chat_template\": \"old\"}",
            "tokenizer_config.json": "{\"chat_template\": \"key\"}",
        ]
        #expect(try chosen(files) == "file")
        #expect(try chosen(files.filter { $0.key != "chat_template.jinja" }) == "key")
        #expect(try chosen(files.filter { $0.key == "chat_template.json" }) == "old")
    }

    @Test func toolsTakeTheirOwnTemplate() throws {
        let list =
            "{\"chat_template\": [{\"name\": \"default\", \"template\": \"plain\"}, "
            + "{\"name\": \"tool_use\", \"template\": \"tools\"}]}"
        #expect(try chosen(["tokenizer_config.json": list]) == "plain")
        #expect(try chosen(["tokenizer_config.json": list], hasTools: true) == "tools")
        let files = [
            "chat_template.jinja": "plain", "additional_chat_templates/tool_use.jinja": "tools",
        ]
        #expect(try chosen(files, hasTools: true) == "tools")
        #expect(try chosen(["chat_template.jinja": "plain"], hasTools: true) == "plain")
    }

    @Test func templatesSeeSpecialTokens() throws {
        let configuration =
            "{\"bos_token\": {\"content\": \"<s>\"}, \"eos_token\": \"<|endoftext|>\", "
            + "\"chat_template\": \"{{ bos_token }}{{ eos_token }}{{ pad_token }}\"}"
        #expect(try chosen(["tokenizer_config.json": configuration]) == "<s><|endoftext|>")
    }

    @Test func foldersWithoutAUsableTemplateAreRefused() {
        #expect(throws: MissingChatTemplate.self) { try chosen([:]) }
        #expect(throws: MissingChatTemplate.self) {
            try chosen(["tokenizer_config.json": "{\"chat_template\": 1}"])
        }
        #expect(throws: MissingChatTemplate.self) {
            try chosen(["additional_chat_templates/x.jinja": "x"])
        }
    }
}
