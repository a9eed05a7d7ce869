import Foundation
import Testing

@testable import Tokenizers

@Suite struct ChatTemplateFilesTests {
    @Test func chatTemplatesAreCopiedByteForByte() throws {
        let root = FileManager.default.temporaryDirectory
            .appending(path: "swift-grpo-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: root) }
        let (from, to) = (root.appending(path: "from"), root.appending(path: "to"))
        try Tokenizer.byteLevel().write(to: from)
        let names = [
            "chat_template.jinja", "additional_chat_templates/tool_use.jinja", "chat_template.json",
        ]
        for name in names {
            let file = from.appending(path: name)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data("\(name)\r\n\u{FEFF}".utf8 + [0xFF]).write(to: file)
        }
        try Tokenizer(folder: from).write(to: to)
        for name in names {
            #expect(
                try Data(contentsOf: to.appending(path: name))
                    == Data(contentsOf: from.appending(path: name)))
        }
    }
}
