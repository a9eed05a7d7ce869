import Foundation
import Testing

@testable import Tokenizers

/// The folder of what `Scripts/peers/make-tokenizer-goldens.py` wrote.
let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Fixtures/tokenizers")

/// The file of a tokenizer with two words, a merge and an added token, for tests that change it.
let smallFile = """
    {"version": "1.0", "truncation": null, "padding": null, "added_tokens": [{"id": 3, \
    "content": "<e>", "single_word": false, "lstrip": false, "rstrip": false, \
    "normalized": false, "special": true}], "normalizer": null, \
    "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false}, \
    "post_processor": {"type": "ByteLevel"}, "decoder": {"type": "ByteLevel"}, \
    "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b"]}}
    """

/// The small file with one text in it replaced, which must be there once.
func smallFile(_ old: String, _ new: String) throws -> String {
    try #require(smallFile.components(separatedBy: old).count == 2, "\(old) is not there once")
    return smallFile.replacingOccurrences(of: old, with: new)
}

extension Tokenizer {
    /// A tokenizer from the text of its files.
    init(_ json: String, configuration: String? = nil) throws(TokenizerError) {
        try self.init(
            json: Data(json.utf8), configuration: configuration.map { Data($0.utf8) }, name: "model"
        )
    }
}

/// What the error says that the files give, or nil where they give a tokenizer.
func message(_ json: some Sequence<UInt8>, configuration: String? = nil) -> String? {
    do throws(TokenizerError) {
        _ = try Tokenizer(
            json: Data(json), configuration: configuration.map { Data($0.utf8) }, name: "model")
        return nil
    } catch {
        return "\(error)"
    }
}

/// A new folder that is removed when `body` returns or throws.
func withTemporaryFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory
        .appending(path: "swift-grpo-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
}

/// A small generator with a fixed sequence for each seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A text of any scalars, each length of UTF-8 as likely as the others.
    mutating func text(count: Int) -> String {
        let ranges: [ClosedRange<UInt32>] = [
            0...0x7F, 0x80...0x7FF, 0x800...0xFFFF, 0x10000...0x10FFFF,
        ]
        var text = String.UnicodeScalarView()
        while text.count < count {
            let range = ranges.randomElement(using: &self) ?? 0...0x7F
            if let scalar = Unicode.Scalar(UInt32.random(in: range, using: &self)) {
                text.append(scalar)
            }
        }
        return String(text)
    }
}

/// A claim in several cases, each with its name.
struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let old: String
    let new: String
    let message: String

    init(_ name: String, _ old: String, _ new: String, _ message: String) {
        testDescription = name
        self.old = old
        self.new = new
        self.message = message
    }
}
