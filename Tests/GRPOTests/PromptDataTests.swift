import Foundation
import Rewards
import TestSupport
import Testing

@testable import GRPO

@Suite struct PromptDataTests {
    /// The rows of a file with these bytes, by the name `rows.jsonl`.
    private func rows(
        _ bytes: Data, prompt: String = "Q: {question}\n", answer: String? = "{answer}",
        skip: Int = 0, limit: Int? = nil
    ) throws -> [PromptRow] {
        var rows: [PromptRow] = []
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "rows.jsonl")
            try bytes.write(to: file)
            do {
                rows = try PromptData.rows(
                    of: file.path, prompt: PromptTemplate(prompt),
                    answer: answer.map { try PromptTemplate($0) }, skip: skip,
                    limit: limit)
            } catch var error as PromptDataError {
                error.file = "rows.jsonl"
                throw error
            }
        }
        return rows
    }

    private func rows(_ text: String, answer: String? = "{answer}") throws -> [PromptRow] {
        try rows(Data(text.utf8), answer: answer)
    }

    @Test func rowsBecomePromptsAndAnswers() throws {
        let rows = try rows(
            #"{"question": "1 + 1 = é😀", "answer": 2, "numbers": [1, 2]}"# + "\r\n"
                + #"{"question": "Is it?", "answer": true}"# + "\n\n")
        #expect(rows.map(\.prompt) == ["Q: 1 + 1 = é😀\n", "Q: Is it?\n"])
        #expect(rows.map(\.answer) == ["2", "true"])
        #expect(rows.map(\.line) == [1, 2])
        #expect(rows[0].row["numbers"] == .array([.number(1), .number(2)]))
    }

    @Test func aByteOrderMarkIsNoPartOfTheFirstRow() throws {
        let rows = try rows("\u{FEFF}{\"question\": \"x\", \"answer\": \"y\"}")
        #expect(rows.map(\.prompt) == ["Q: x\n"])
    }

    @Test func rowsNeedNoAnswerWhereNoneIsAskedFor() throws {
        #expect(try rows(#"{"question": "x"}"#, answer: nil).map(\.answer) == [nil])
    }

    @Test func whatFollowsTheLimitIsNotRead() throws {
        let text = #"{"question": "x", "answer": "y"}"# + "\nbroken"
        #expect(try rows(Data(text.utf8), limit: 1).count == 1)
    }

    @Test func rowsThatAreSkippedAreLeftOut() throws {
        let text = (1...5).map { "{\"question\": \"\($0)\", \"answer\": \"y\"}\n" }.joined()
        #expect(try rows(Data(text.utf8), skip: 3).map(\.line) == [4, 5])
        #expect(try rows(Data(text.utf8), skip: 1, limit: 2).map(\.line) == [2, 3])
        let error = #expect(throws: PromptDataError.self) {
            try rows(Data(text.utf8), skip: 5)
        }
        #expect(
            error?.description
                == "rows.jsonl: the file has 5 rows, and data.skip leaves them all out. Lower it.")
    }

    @Test func linesLongerThanABlockAndAcrossBlocksAreWhole() throws {
        let long = String(repeating: "é", count: 1_500_000)
        let line = #"{"question": "\#(long)", "answer": "y"}"#
        let rows = try rows([line, line, line].joined(separator: "\n"))
        #expect(rows.map(\.prompt) == [String](repeating: "Q: \(long)\n", count: 3))
    }

    @Test(arguments: [
        (
            #"{"question": "x"}"#,
            """
            rows.jsonl:2: the row has no field "answer", which the template needs. It has: question.
            """
        ),
        (
            #"{"question": "x", "anwser": "y", "id": 1}"#,
            """
            rows.jsonl:2: the row has no field "answer", which the template needs. Did you mean \
            "anwser"? It has: anwser, id, question.
            """
        ),
        (
            "{}",
            """
            rows.jsonl:2: the row has no field "question", which the template needs. It has no \
            fields at all.
            """
        ),
        (
            #"{"question": null, "answer": "y"}"#,
            """
            rows.jsonl:2: the field "question", which the template needs, is null. Give it a value \
            or take the row out.
            """
        ),
        (
            "[1]",
            """
            rows.jsonl:2: expected one JSON object a line, like {"prompt": "1 + 1 =", "answer": \
            "2"}, found '[1]'.
            """
        ),
        (
            "\n{}",
            """
            rows.jsonl:2: the line is blank; expected one JSON object a line, like {"prompt": \
            "1 + 1 =", "answer": "2"}. Take the line out.
            """
        ),
        (
            #"{"question": "é" "answer": "y"}"#,
            #"rows.jsonl:2:18: \#(broken)"," or "}", found '"answer": "y"}'."#
        ),
        (
            #"{"question": "x", "answer": "y""#,
            #"rows.jsonl:2:32: \#(broken)"," or "}", found the end of the line."#
        ),
        (
            #"{"question": "x}"#,
            "rows.jsonl:2:17: \(broken)the text to end in a double quote, found the end of the line."
        ),
        (
            #"{"question": "x"} {"#,
            "rows.jsonl:2:19: \(broken)the end of the line, found '{'."
        ),
        (
            "{'question': 1}",
            "rows.jsonl:2:2: \(broken)a key in double quotes, found ''question': 1}'."
        ),
        (
            #"{"question": NaN, "answer": 1}"#,
            #"rows.jsonl:2:14: \#(broken)a value, found 'NaN, "answer": 1}'."#
        ),
        (
            #"{"question": 01}"#,
            #"rows.jsonl:2:15: \#(broken)"," or "}", found '1}'."#
        ),
        (
            #"{"question": -.5}"#,
            "rows.jsonl:2:14: \(broken)a number, found '-.5}'."
        ),
        (
            #"{"question" "x"}"#,
            #"rows.jsonl:2:13: \#(broken)":" after the key, found '"x"}'."#
        ),
        (
            #"{"id": [1 2]}"#,
            #"rows.jsonl:2:11: \#(broken)"," or "]", found '2]}'."#
        ),
        (
            #"{"id": 1, "id": 2}"#,
            #"rows.jsonl:2:11: \#(broken)each key once, found '"id": 2}'."#
        ),
        (
            #"{"id": "\x"}"#,
            """
            rows.jsonl:2:9: \(broken)an escape of JSON, like \\n or \\u00e9 or a pair of surrogates, \
            found '\\x"}'.
            """
        ),
        (
            "{\"id\": \"a\tb\"}",
            """
            rows.jsonl:2:10: \(broken)an escape like \\n in place of a control character, found \
            '\tb"}'.
            """
        ),
    ])
    func aBadLineIsNamed(line: String, expected: String) {
        let good = #"{"question": "x", "answer": "y"}"#
        #expect(complaint { _ = try rows(good + "\n" + line + "\n") } == expected)
    }

    @Test func everyKindOfValueIsRead() throws {
        let text = #"""
            {"question": "\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00", "answer": -1.5e2, "a": [], "b": {}, \#
            "c": [true, false, null, [0]], "d": {"e": 1E+3}}
            """#
        let row = try rows(text)[0].row
        #expect(row["question"] == .string("\"\\/\u{8}\u{C}\n\r\té😀"))
        #expect(row["answer"] == .number(-150))
        #expect(row["a"] == .array([]))
        #expect(row["b"] == .object([:]))
        #expect(row["c"] == .array([.bool(true), .bool(false), .null, .array([.number(0)])]))
        #expect(row["d"] == .object(["e": .number(1000)]))
    }

    @Test func valuesNestedWithoutEndDoNotTrap() {
        let text = String(repeating: "[", count: 100_000)
        #expect(
            complaint { _ = try rows(text) }
                == "rows.jsonl:1:101: \(broken)at most 100 values inside each other, found "
                + "'[[[[[[[[[[[[[[[[[[[[…'.")
    }

    @Test(arguments: [
        #"{"q": "\ud800"}"#, #"{"q": "\u12"}"#, #"{"q": "\"#, #"{"q": 1e999}"#, "{,}", "nul",
    ])
    func noLineTraps(line: String) {
        #expect(complaint { _ = try rows(line) }.hasPrefix("rows.jsonl:1:"))
    }

    @Test func bytesThatAreNotUTF8AreNamed() {
        let line = Data(#"{"question": ""#.utf8) + [0xE9] + Data(#"", "answer": "y"}"#.utf8)
        #expect(
            complaint { _ = try rows(line) }
                == "rows.jsonl:1: the line is not UTF-8 text. Save the file as UTF-8.")
    }

    @Test(arguments: ["", "\n\n", "\u{FEFF}"])
    func aFileWithoutRowsIsRefused(text: String) {
        #expect(
            complaint { _ = try rows(text) }
                == "rows.jsonl: the file has no rows; expected one JSON object a line, like "
                + "{\"prompt\": \"1 + 1 =\", \"answer\": \"2\"}.")
    }

    @Test func filesThatCannotBeReadAreNamed() throws {
        let here = FileManager.default.currentDirectoryPath
        let prompt = try PromptTemplate("{x}")
        #expect(
            complaint { _ = try PromptData.rows(of: "absent.jsonl", prompt: prompt, answer: nil) }
                == "absent.jsonl: no such file. Paths are relative to \(here).")
        try withTemporaryFolder { folder in
            #expect(
                complaint { _ = try PromptData.rows(of: folder.path, prompt: prompt, answer: nil) }
                    == "\(folder.path): it is a folder; expected a file.")
        }
    }
}

@Suite struct PromptTemplateTests {
    @Test func fieldsAreFilledInAndDoubledBracesAreBraces() throws {
        let template = try PromptTemplate("{{{a}}} {b c}{a}")
        #expect(
            try template.filled(from: ["a": .number(1), "b c": .string("{a}")]) == "{1} {a}1")
    }

    @Test(arguments: [
        (
            "Q: {question",
            """
            the template "Q: {question" has a "{" without a field and "}" after it. Write {field}, \
            or {{ for a brace.
            """
        ),
        (
            "{}",
            """
            the template "{}" has a "{" without a field and "}" after it. Write {field}, or {{ for a \
            brace.
            """
        ),
        (
            "question}",
            """
            the template "question}" has a "}" without "{" before it. Write {field}, or }} for a \
            brace.
            """
        ),
        (
            "{{question}}",
            """
            the template "{{question}}" names no field, so it would be the same for every row. Write \
            a field's name in braces, for example "{question}".
            """
        ),
    ])
    func badBracesAreRefused(text: String, expected: String) {
        #expect(complaint { _ = try PromptTemplate(text) } == expected)
    }
}

private let broken = "the line is not valid JSON: expected "
