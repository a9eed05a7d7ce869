/// A data file that cannot be used: which file and line, what is wrong, what to do.
public struct PromptDataError: Error, Equatable, CustomStringConvertible {
    /// What can be wrong.
    public enum Problem: Sendable, Equatable {
        /// The file cannot be read.
        case unreadable(String)
        /// The file has no rows.
        case empty
        /// Every row was left out.
        case allSkipped(rows: Int)
        /// A blank line between rows.
        case blank
        /// Bytes that are not UTF-8.
        case notUTF8
        /// A line that is not JSON.
        case malformed(expected: String, found: String)
        /// A line that is JSON, but no object.
        case notAnObject(String)
        /// A field that a template names and the row does not have.
        case missingField(String, known: [String])
        /// A field that a template names and that is null in the row.
        case nullField(String)
        /// A conversation that cannot become a prompt.
        case chat(String)
    }

    /// The path of the file.
    public var file: String
    /// The line, from 1.
    public var line: Int?
    /// The character of the line, from 1.
    public var column: Int?
    /// What is wrong.
    public var problem: Problem

    init(file: String, line: Int? = nil, column: Int? = nil, problem: Problem) {
        self.file = file
        self.line = line
        self.column = column
        self.problem = problem
    }

    /// The sentence that the user reads.
    public var description: String {
        let place = [file, line.map { "\($0)" }, column.map { "\($0)" }]
            .compactMap(\.self).joined(separator: ":")
        return "\(place): \(reason)"
    }

    private var reason: String {
        let example = "one JSON object a line, like {\"prompt\": \"1 + 1 =\", \"answer\": \"2\"}"
        switch problem {
        case .unreadable(let reason), .chat(let reason): return reason
        case .empty: return "the file has no rows; expected \(example)."
        case .allSkipped(let rows):
            return "the file has \(rows) rows, and data.skip leaves them all out. Lower it."
        case .blank: return "the line is blank; expected \(example). Take the line out."
        case .notUTF8: return "the line is not UTF-8 text. Save the file as UTF-8."
        case .malformed(let expected, let found):
            return "the line is not valid JSON: expected \(expected), found \(found)."
        case .notAnObject(let found): return "expected \(example), found \(found)."
        case .missingField(let name, let known):
            let close = nearest(to: name, among: known).map { " Did you mean \"\($0)\"?" } ?? ""
            return "the row has no field \"\(name)\", which the template needs.\(close) "
                + (known.isEmpty
                    ? "It has no fields at all." : "It has: \(known.joined(separator: ", ")).")
        case .nullField(let name):
            return "the field \"\(name)\", which the template needs, is null. "
                + "Give it a value or take the row out."
        }
    }
}
