/// Tokenizer files that cannot be read, understood or written.
public enum TokenizerError: Error, Equatable {
    /// The file cannot be read.
    case unreadable(file: String, reason: String)
    /// The file or folder cannot be written.
    case unwritable(file: String, reason: String)
    /// The file is not JSON; line and column (in bytes) count from 1.
    case malformed(file: String, line: Int, column: Int, expected: String, found: String)
    /// A key that must be there is not, or is null.
    case missing(file: String, key: String)
    /// A value of the wrong type, or one that contradicts another.
    case invalid(file: String, key: String, expected: String, found: String)
    /// A feature that tokenizer files can have and this library does not know.
    case unsupported(file: String, key: String, found: String, supported: [String])
}

extension TokenizerError: CustomStringConvertible {
    /// Which file and key, what was expected, what was found, and the next move.
    public var description: String {
        switch self {
        case .unreadable(let file, let reason):
            """
            \(file): expected a file that can be read, found: \(reason) Is this a model folder \
            with a fast tokenizer (tokenizer.json)?
            """
        case .unwritable(let file, let reason):
            "\(file): cannot be written: \(reason) Choose another place, or free this one."
        case .malformed(let file, let line, let column, let expected, let found):
            """
            \(file):\(line):\(column): expected \(expected), found \(found); the file is damaged \
            or not JSON: fetch it again
            """
        case .missing(let file, let key):
            """
            \(file): \(key) is missing or null; expected a file that the tokenizers package wrote: \
            fetch it again
            """
        case .invalid(let file, let key, let expected, let found):
            "\(file): \(key): expected \(expected), found \(found); correct the file"
        case .unsupported(let file, let key, let found, let supported):
            """
            \(file): \(key): \(found) is not supported; supported: \
            \(supported.joined(separator: ", ")). Choose a model whose tokenizer uses these
            """
        }
    }
}
