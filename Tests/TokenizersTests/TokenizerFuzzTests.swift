import Foundation
import Testing

@testable import Tokenizers

@Suite struct TokenizerFuzzTests {
    private static let values = [
        "null", "true", "0", "2", "-1", "1e308", "1.5", "4294967295", "4294967296", "{}", "[]",
        "99999999999999999999", #""""#, #""a""#, #""ab""#, #""b a""#, #""<e>""#, "\"\\u0000\"",
        #""Ġ""#,
        "\"e\u{301}\"", #"{"a": 0}"#, #"["a", "b"]"#, "[3]", #""Sequence""#, #""A""#,
    ].map { Array($0.utf8) }

    private static let damage = [
        "[[[[", "1e999", "\"\\ud800\"", ",", ":", #"""#, "\\", "}", "]", "\u{FEFF}",
    ]
    .map { Array($0.utf8) }

    /// Another value in place of one, or of a key: the file mostly stays JSON.
    private func replaceValue(_ bytes: inout [UInt8], _ generator: inout SeededGenerator) {
        var ranges: [Range<Int>] = []
        var start = 0
        while start < bytes.count {
            var end = start + 1
            if bytes[start] == UInt8(ascii: #"""#) {
                end = (bytes[end...].firstIndex(of: UInt8(ascii: #"""#)) ?? end) + 1
            } else {
                while end < bytes.count, !#" ,:[]{}""#.utf8.contains(bytes[end]) { end += 1 }
            }
            if !" ,:[]{}".utf8.contains(bytes[start]) { ranges.append(start..<end) }
            start = end
        }
        guard let range = ranges.randomElement(using: &generator) else { return }
        bytes.replaceSubrange(range, with: Self.values.randomElement(using: &generator) ?? [])
    }

    /// Another byte, or a few of them gone, twice there or new.
    private func damage(_ bytes: inout [UInt8], _ generator: inout SeededGenerator) {
        guard let start = bytes.indices.randomElement(using: &generator) else { return }
        let end = min(bytes.count, start + Int.random(in: 0...40, using: &generator))
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: bytes[start] = UInt8.random(in: 0...255, using: &generator)
        case 1: bytes.removeSubrange(start..<end)
        case 2: bytes.insert(contentsOf: bytes[start..<end], at: start)
        default:
            bytes.insert(contentsOf: Self.damage.randomElement(using: &generator) ?? [], at: start)
        }
    }

    private func changed(_ text: String, _ generator: inout SeededGenerator) -> Data {
        var bytes = Array(text.utf8)
        for _ in 0..<Int.random(in: 1...3, using: &generator) { replaceValue(&bytes, &generator) }
        if Int.random(in: 0..<4, using: &generator) == 0 { damage(&bytes, &generator) }
        return Data(bytes)
    }

    /// A trap would end the whole run. What loads in spite of its changes must also work.
    @Test func changedFilesAreReadOrRefusedAndNeverTrap() throws {
        var generator = SeededGenerator(state: 6)
        let template = """
            "post_processor": {"type": "TemplateProcessing", "single": [{"Sequence": {"id": "A"}}, \
            {"SpecialToken": {"id": "<e>"}}], "pair": [], "special_tokens": {"<e>": {"ids": [3]}}}
            """
        let file = try smallFile(#""post_processor": {"type": "ByteLevel"}"#, template)
        let configuration = "{\"eos_token\": {\"content\": \"<e>\"}, \"x\": [1e5, \"\\n\"]}"
        var loaded = 0
        var understood = 0
        for round in 0..<2000 {
            let isOfFile = round % 4 != 0
            let json = isOfFile ? changed(file, &generator) : Data(file.utf8)
            let settings = isOfFile ? Data(configuration.utf8) : changed(configuration, &generator)
            do throws(TokenizerError) {
                let tokenizer = try Tokenizer(json: json, configuration: settings, name: "model")
                let tokens = tokenizer.encode(" a\nab<e> 数b", addingSpecialTokens: true)
                _ = tokenizer.decode(tokens, skippingSpecialTokens: false)
                loaded += 1
            } catch {
                #expect(error.description.hasPrefix("model/tokenizer"))
                if case .malformed = error { continue }
                understood += 1
            }
        }
        // The changes must reach what comes after the JSON, and not only break it.
        #expect(loaded > 50)
        #expect(understood > 300)
    }

    @Test func bytesWithoutMeaningAreRefused() {
        var generator = SeededGenerator(state: 7)
        for _ in 0..<200 {
            let count = Int.random(in: 0...40, using: &generator)
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            #expect(message(bytes) != nil)
        }
    }
}
