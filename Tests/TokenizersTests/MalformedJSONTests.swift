import Foundation
import Synchronization
import Testing

@testable import Tokenizers

/// Files that are not JSON, or not all of it.
@Suite struct MalformedJSONTests {
    struct File: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let bytes: [UInt8]
        /// What the error says between the file and the next move.
        let message: String

        init(_ name: String, _ text: String, _ message: String) {
            self.init(name, bytes: Array(text.utf8), message)
        }

        init(_ name: String, bytes: [UInt8], _ message: String) {
            testDescription = name
            self.bytes = bytes
            self.message = message
        }
    }

    static let files = [
        File("nothing", "", "1:1: expected a JSON value, found an empty file"),
        File("white space", " \n\t", "2:2: expected a JSON value, found the end of the file"),
        File("a web page", "<html>", #"1:1: expected a JSON value, found "<""#),
        File("a byte order mark", "\u{FEFF}{}", "1:1: expected a JSON value, found the byte 0xEF"),
        File("two values", "{}\n {}", #"2:2: expected the end of the file, found "{""#),
        File(
            "an open object", #"{"a": 1"#,
            "1:8: expected a comma or a closing brace, found the end of the file"),
        File(
            "an open list", "[1",
            "1:3: expected a comma or a closing bracket, found the end of the file"),
        File("a comma too many", "[1,]", #"1:4: expected a JSON value, found "]""#),
        File(
            "a comma too many in an object", #"{"a":1,}"#,
            #"1:8: expected a key in quotes, found "}""#),
        File("a key without a value", #"{"a"}"#, #"1:5: expected a colon, found "}""#),
        File("a key without quotes", "{a: 1}", #"1:2: expected a key in quotes, found "a""#),
        File(
            "an open string", #""abc"#, "1:5: expected a closing quote, found the end of the file"),
        File(
            "a line feed in a string", "\"a\n\"",
            "1:3: expected no control character within a string, found the byte 0xA"),
        File("an unknown escape", "\"\\x\"", #"1:3: expected an escape, found "x""#),
        File(
            "an escape that is cut off", "\"\\",
            "1:3: expected an escape, found the end of the file"),
        File(
            "digits that are cut off", "\"\\u12",
            "1:6: expected four hexadecimal digits, found the end of the file"),
        File(
            "digits that are none", "\"\\u12g4\"",
            #"1:6: expected four hexadecimal digits, found "g""#),
        File(
            "a first surrogate alone", "\"\\ud800\"",
            #"1:4: expected both halves of a surrogate pair, found "d""#),
        File(
            "a second surrogate alone", "\"\\udc00\"",
            #"1:4: expected both halves of a surrogate pair, found "d""#),
        File(
            "two first surrogates", "\"\\ud800\\ud800\"",
            #"1:4: expected both halves of a surrogate pair, found "d""#),
        File(
            "a surrogate in UTF-8", bytes: [0x22, 0xED, 0xA0, 0x80, 0x22],
            "1:2: expected a string of well-formed UTF-8, found the byte 0xED"),
        File(
            "a byte that is no UTF-8", bytes: [0x5B, 0x22, 0x61, 0xFF, 0x22, 0x5D],
            #"1:3: expected a string of well-formed UTF-8, found "a""#),
        File("a leading zero", "[01]", #"1:3: expected a comma or a closing bracket, found "1""#),
        File("a sign alone", "-", "1:2: expected a digit, found the end of the file"),
        File("a point without digits", "1.", "1:3: expected a digit, found the end of the file"),
        File(
            "an exponent without digits", "1e+", "1:4: expected a digit, found the end of the file"),
        File(
            "a number beyond a Double", "[1e999]",
            #"1:2: expected a number within a Double, found "1""#),
        File(
            "a million digits", String(repeating: "9", count: 1_000_000),
            #"1:1: expected a number within a Double, found "9""#),
        File("not a number", "NaN", #"1:1: expected a JSON value, found "N""#),
        File("half a word", "tru", #"1:1: expected a JSON value, found "t""#),
        File(
            "128 levels", nested(128), #"1:128: expected at most 127 levels of nesting, found "[""#),
        File(
            "a million levels", nested(1_000_000),
            #"1:128: expected at most 127 levels of nesting, found "[""#),
    ]

    private static func nested(_ levels: Int) -> String { String(repeating: "[", count: levels) }

    @Test(arguments: files)
    func isRefusedWithItsPlaceAndTheNextMove(file: File) {
        let move = "; the file is damaged or not JSON: fetch it again"
        #expect(message(file.bytes) == "model/tokenizer.json:\(file.message)\(move)")
    }

    @Test func theConfigurationIsNamedToo() {
        #expect(
            message(smallFile.utf8, configuration: #"{"eos_token": "#)
                == """
                model/tokenizer_config.json:1:15: expected a JSON value, found the end of the \
                file; the file is damaged or not JSON: fetch it again
                """)
    }

    /// A download that broke off.
    @Test func everyBeginningOfAFileIsRefusedAsDamaged() {
        let bytes = Array(smallFile.utf8)
        for count in bytes.indices {
            #expect(message(bytes[..<count])?.contains("the file is damaged or not JSON") == true)
        }
    }

    /// Threads have 512 KiB on macOS, and a debug build needs 2 for each level.
    @Test func theDeepestNestingFitsTheStackOfAThread() throws {
        let open = #"{"type": "Sequence", "processors": ["#
        let stages = String(repeating: open, count: 62) + String(repeating: "]}", count: 62)
        let json = try smallFile(#"{"type": "ByteLevel"}, "decoder""#, stages + #", "decoder""#)
        let tokens = Mutex<[Int]?>(nil)
        let done = DispatchSemaphore(value: 0)
        let thread = Thread {
            let found = try? Tokenizer(json).encode("ab", addingSpecialTokens: true)
            tokens.withLock { $0 = found }
            done.signal()
        }
        thread.stackSize = 448 << 10
        thread.start()
        done.wait()
        #expect(tokens.withLock { $0 } == [2])
    }

    @Test func escapesAreTheCharactersThatTheyStandFor() throws {
        let json = #""\"\\\/\b\f\n\r\t\u0000\u00e9\u00E9\ud83D\uDE42e\u0301🙂\u007f""#
        guard case .string(let text) = try JSONParser.parse(Array(json.utf8), file: "file") else {
            Issue.record("not a string")
            return
        }
        #expect(text.utf8.elementsEqual("\"\\/\u{8}\u{C}\n\r\t\0éé🙂e\u{301}🙂\u{7F}".utf8))
        let again = try JSONParser.parse(Array(JSON.quoted(text).utf8), file: "file")
        guard case .string(let same) = again else { return }
        #expect(same.utf8.elementsEqual(text.utf8))
    }
}
