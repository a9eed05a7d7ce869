import Foundation
import Testing

@testable import Tokenizers

/// Files with random changes are read or refused, and never trap, hang or take much memory.
///
/// The environment variable `FUZZ_ITERATIONS` says how many files are made, `FUZZ_SEED` which.
@Suite struct TokenizerFuzzTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let iterations = environment["FUZZ_ITERATIONS"].flatMap { Int($0) } ?? 600
    private static let seed = environment["FUZZ_SEED"].flatMap { UInt64($0) } ?? 6

    private static let values = [
        "null", "true", "0", "2", "-1", "1e308", "1.5", "4294967295", "4294967296", "{}", "[]",
        "99999999999999999999", #""""#, #""a""#, #""ab""#, #""b a""#, #""<e>""#, "\"\\u0000\"",
        #""Ġ""#, "\"e\u{301}\"", #"{"a": 0}"#, #"["a", "b"]"#, "[3]", #""Sequence""#, #""A""#,
        #""ByteLevel""#, #""Metaspace""#, #""Replace""#, #""Regex""#, #""(a*)*b""#,
        #""a{9,99999}""#,
        #""Digits""#, #""Contiguous""#, #""Removed""#, #""ByteFallback""#, #""Strip""#, #""NFKC""#,
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
                end = min(end, bytes.count)
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

    /// Between them these have every stage that is supported.
    private static func files() throws -> [String] {
        let words = #""pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false}"#
        let text = #""decoder": {"type": "ByteLevel"}"#
        let chat = try smallFile(words, chatWords)
            .replacingOccurrences(of: #""normalizer": null"#, with: normalizers)
            .replacingOccurrences(of: #""post_processor": {"type": "ByteLevel"}"#, with: template)
        let pieces = try smallFile(words, #""pre_tokenizer": null"#)
            .replacingOccurrences(of: text, with: pieceText)
            .replacingOccurrences(of: #""merges""#, with: #""byte_fallback": true, "merges""#)
            .replacingOccurrences(of: #""b": 1"#, with: #""<0x62>": 1"#)
            .replacingOccurrences(of: #""merges": ["a b"]"#, with: #""merges": []"#)
        let metaspace = pieces.replacingOccurrences(
            of: #""pre_tokenizer": null"#, with: #""pre_tokenizer": \#(self.metaspace)"#)
        return [smallFile, chat, pieces, metaspace]
    }

    private static let metaspace =
        #"{"type": "Metaspace", "replacement": "_", "prepend_scheme": "first", "split": true}"#
    private static let chatWords = """
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": \
        {"Regex": "[^a]b+|c{1,3}"}, "behavior": "MergedWithNext", "invert": false}, {"type": \
        "Digits", "individual_digits": true}, {"type": "WhitespaceSplit"}, {"type": "ByteLevel", \
        "add_prefix_space": true}]}
        """
    private static let normalizers = """
        "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Prepend", \
        "prepend": "_"}, {"type": "Replace", "pattern": {"String": " "}, "content": "_"}, {"type": \
        "Strip", "strip_left": true, "strip_right": true}, {"type": "Lowercase"}]}
        """
    private static let template = """
        "post_processor": {"type": "TemplateProcessing", "single": [{"Sequence": {"id": "A"}}, \
        {"SpecialToken": {"id": "<e>"}}], "pair": [], "special_tokens": {"<e>": {"ids": [3]}}}
        """
    private static let pieceText = """
        "decoder": {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": \
        "_"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"}, {"type": "Strip", \
        "content": " ", "start": 1, "stop": 0}]}
        """

    /// A trap would end the whole run. What loads in spite of its changes must also work.
    @Test func changedFilesAreReadOrRefusedInTimeAndInLittleMemory() throws {
        var generator = SeededGenerator(state: Self.seed)
        let files = try Self.files()
        for file in files { _ = try Tokenizer(file) }
        let configuration = "{\"eos_token\": {\"content\": \"<e>\"}, \"x\": [1e5, \"\\n\"]}"
        let memory = try peakMemory()
        var loaded = 0
        var understood = 0
        for round in 0..<Self.iterations {
            let isOfFile = round % 5 != 4
            let file = files[round % files.count]
            let json = isOfFile ? changed(file, &generator) : Data(file.utf8)
            let settings = isOfFile ? Data(configuration.utf8) : changed(configuration, &generator)
            let start = ContinuousClock.now
            do throws(TokenizerError) {
                let tokenizer = try Tokenizer(json: json, configuration: settings, name: "model")
                use(tokenizer)
                loaded += 1
            } catch {
                #expect(error.description.hasPrefix("model/tokenizer"))
                if case .malformed = error {} else { understood += 1 }
            }
            #expect(
                start.duration(to: .now) < .seconds(5), "\(String(decoding: json, as: UTF8.self))")
        }
        // A file has two kilobytes. Among the other tests, which run beside this, it says nothing.
        if Self.environment["FUZZ_ITERATIONS"] != nil {
            #expect(try peakMemory() - memory < 64 << 20)
        }
        // The changes must reach what comes after the JSON, and not only break it.
        #expect(loaded > Self.iterations / 20)
        #expect(understood > Self.iterations / 4)
    }

    private func use(_ tokenizer: Tokenizer) {
        let tokens = tokenizer.encode(" a\nab<e> 数b__12 cc", addingSpecialTokens: true)
        let text = tokenizer.decode(tokens + [0, 1, 2, 3, 4], skippingSpecialTokens: false)
        var decoder = StreamingDecoder(tokenizer, skippingSpecialTokens: false)
        let parts = (tokens + [0, 1, 2, 3, 4]).map { decoder.append($0) } + [decoder.finish()]
        #expect(parts.joined().utf8.elementsEqual(text.utf8))
    }

    /// The most memory that this process had so far, in bytes.
    private func peakMemory() throws -> Int {
        var usage = rusage()
        #if canImport(Darwin)
        let (result, unit) = (getrusage(RUSAGE_SELF, &usage), 1)
        #else
        let who = __rusage_who_t(RUSAGE_SELF.rawValue)
        let (result, unit) = (getrusage(who, &usage), 1024)
        #endif
        try #require(result == 0)
        return usage.ru_maxrss * unit
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
