import Foundation
public import Rewards

/// A row of a data file: the prompt and the answer made from it, and the row itself.
public struct PromptRow: Sendable, Equatable {
    /// The line in the file, from 1.
    public var line: Int
    /// The text of the prompt.
    public var prompt: String
    /// The right answer, where the data has one.
    public var answer: String?
    /// The row's own fields.
    public var row: [String: JSONValue]
    /// Whether the answer has the end of its turn in it, as a chat template writes it.
    var answerEndsItself = false
}

/// Reads prompts from JSON Lines: UTF-8, one object a line.
public struct PromptData: Sendable {
    private let file: String
    let prompt: PromptTemplate
    private let answer: PromptTemplate?
    /// Makes the prompt from messages.
    let chat: ChatRenderer?
    /// Whether a conversation's last answer is learned.
    private let learnsAnswers: Bool

    /// The rows of a file, read a megabyte at a time.
    ///
    /// - Parameters:
    ///   - file: its path; a byte-order mark and blank lines at the end are allowed.
    ///   - prompt: makes the prompt from a row.
    ///   - answer: makes the answer; `nil` for no answers.
    ///   - skip: leaves the first rows out.
    ///   - limit: only so many rows; what follows them is not read.
    ///   - chat: makes the prompt from messages; `nil` leaves them as they are written.
    ///   - learnsAnswers: whether a conversation ends with the answer that is to be learned.
    /// - Returns: the rows in the file's order, at least one.
    /// - Throws: the first problem, with its line.
    package static func rows(
        of file: String, prompt: PromptTemplate, answer: PromptTemplate?, skip: Int = 0,
        limit: Int? = nil, chat: ChatRenderer?, learnsAnswers: Bool = false
    ) throws(PromptDataError) -> [PromptRow] {
        try PromptData(
            file: file, prompt: prompt, answer: answer, chat: chat, learnsAnswers: learnsAnswers
        ).rows(skip: skip, limit: limit ?? .max)
    }

    /// The rows of a file of plain prompts, read a megabyte at a time.
    ///
    /// - Parameters:
    ///   - file: its path; a byte-order mark and blank lines at the end are allowed.
    ///   - prompt: makes the prompt from a row.
    ///   - answer: makes the answer; `nil` for no answers.
    ///   - skip: leaves the first rows out.
    ///   - limit: only so many rows; what follows them is not read.
    /// - Returns: the rows in the file's order, at least one.
    /// - Throws: the first problem, with its line.
    public static func rows(
        of file: String, prompt: PromptTemplate, answer: PromptTemplate?, skip: Int = 0,
        limit: Int? = nil
    ) throws(PromptDataError) -> [PromptRow] {
        try rows(of: file, prompt: prompt, answer: answer, skip: skip, limit: limit, chat: nil)
    }

    private func rows(skip: Int, limit: Int) throws(PromptDataError) -> [PromptRow] {
        var lines = try LineReader(file)
        var rows: [PromptRow] = []
        var number = 0
        var blankLine: Int?
        var skipped = 0
        while rows.count < limit, var line = try lines.next() {
            number += 1
            if number == 1, line.starts(with: Self.byteOrderMark) { line = line.dropFirst(3) }
            if line.allSatisfy(Self.whiteSpace.contains) {
                blankLine = blankLine ?? number
                continue
            }
            if let blankLine { throw error(.blank, line: blankLine) }
            // A row that is left out is checked all the same.
            let row = try row(line, number: number)
            if skipped < skip { skipped += 1 } else { rows.append(row) }
        }
        if rows.isEmpty, skip > 0, skipped > 0 { throw error(.allSkipped(rows: skipped)) }
        guard !rows.isEmpty else { throw error(.empty) }
        return rows
    }

    private func row(
        _ bytes: ArraySlice<UInt8>, number: Int
    ) throws(PromptDataError) -> PromptRow {
        guard case let value = try value(bytes, number: number), case .object(let fields) = value
        else {
            throw error(.notAnObject(Self.excerpt(bytes)), line: number)
        }
        if let chat, let row = try chatRow(bytes, fields, number, chat) { return row }
        return PromptRow(
            line: number, prompt: try filled(prompt, fields, line: number),
            answer: try answer.map { (answer) throws(PromptDataError) in
                try filled(answer, fields, line: number)
            }, row: fields)
    }

    /// The row of a conversation, or nil where the prompt is text that stays as it is.
    private func chatRow(
        _ bytes: ArraySlice<UInt8>, _ fields: [String: JSONValue], _ line: Int, _ chat: ChatRenderer
    ) throws(PromptDataError) -> PromptRow? {
        do {
            guard
                let conversation = try conversation(
                    bytes, fields: fields, text: { try filled(prompt, fields, line: line) })
            else { return nil }
            var messages = conversation.messages
            let isAnswered = learnsAnswers && messages.last?.role == "assistant"
            let answer =
                isAnswered ? nil : try self.answer.map { try filled($0, fields, line: line) }
            guard learnsAnswers else {
                return PromptRow(
                    line: line, prompt: try chat.prompt(messages, tools: conversation.tools),
                    answer: answer, row: fields)
            }
            if let answer { messages.append(.message(role: "assistant", content: answer)) }
            let example = try chat.example(messages, tools: conversation.tools)
            return PromptRow(
                line: line, prompt: example.prompt, answer: example.answer, row: fields,
                answerEndsItself: true)
        } catch let error as PromptDataError {
            throw error
        } catch {
            throw self.error(.chat("\(error)"), line: line)
        }
    }

    private func filled(
        _ template: PromptTemplate, _ fields: [String: JSONValue], line: Int
    ) throws(PromptDataError) -> String {
        do {
            return try template.filled(from: fields)
        } catch {
            throw self.error(
                error.isNull
                    ? .nullField(error.name)
                    : .missingField(error.name, known: fields.keys.sorted()),
                line: line)
        }
    }

    private func value(
        _ bytes: ArraySlice<UInt8>, number: Int
    ) throws(PromptDataError) -> JSONValue {
        do {
            return try JSONLine.value(of: bytes)
        } catch {
            guard String(validating: bytes, as: UTF8.self) != nil else {
                throw self.error(.notUTF8, line: number)
            }
            let before = String(decoding: bytes.prefix(error.offset), as: UTF8.self)
            let rest = bytes.dropFirst(error.offset)
            throw PromptDataError(
                file: file, line: number, column: before.count + 1,
                problem: .malformed(
                    expected: error.expected,
                    found: rest.isEmpty ? "the end of the line" : Self.excerpt(rest)))
        }
    }

    private func error(_ problem: PromptDataError.Problem, line: Int? = nil) -> PromptDataError {
        PromptDataError(file: file, line: line, problem: problem)
    }

    /// The first characters of a text, in quotes.
    private static func excerpt(_ bytes: ArraySlice<UInt8>) -> String {
        let text = String(decoding: bytes.prefix(80), as: UTF8.self)
        let short = text.prefix(20).filter { !$0.isNewline }
        return "'\(short)\(short.utf8.count < bytes.count ? "…" : "")'"
    }

    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
    private static let whiteSpace: [UInt8] = [0x20, 0x09, 0x0D]
}

/// The lines of a file, one at a time.
private struct LineReader {
    private let file: String
    private let handle: FileHandle
    /// What has been read and not yet returned begins at `start`.
    private var buffer: [UInt8] = []
    private var start = 0

    init(_ file: String) throws(PromptDataError) {
        self.file = file
        do {
            handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: file))
        } catch {
            throw Self.unreadable(file, error)
        }
    }

    /// The next line without its end; `nil` after the last.
    mutating func next() throws(PromptDataError) -> ArraySlice<UInt8>? {
        var searched = start
        while true {
            if let end = buffer[searched...].firstIndex(of: 0x0A) {
                defer { start = end + 1 }
                return buffer[start..<end]
            }
            buffer.removeFirst(start)
            start = 0
            searched = buffer.count
            let more = try block()
            buffer += more
            if more.isEmpty {
                start = buffer.count
                return buffer.isEmpty ? nil : buffer[...]
            }
        }
    }

    private func block() throws(PromptDataError) -> Data {
        do {
            return try handle.read(upToCount: 1 << 20) ?? Data()
        } catch {
            throw Self.unreadable(file, error)
        }
    }

    private static func unreadable(_ file: String, _ error: any Error) -> PromptDataError {
        PromptDataError(file: file, problem: .unreadable(unreadableReason(file, error)))
    }
}
