/// What is wrong with a safetensors file.
public enum SafetensorsProblem: Error, Equatable, Sendable {
    case unreadable(String)
    case unwritable(String)
    case truncated(expected: Int, found: Int)
    case headerTooLong(UInt64)
    case malformed(String)
    case missing(String)
    case unsupported(String, String)
}

/// A safetensors file that cannot be used, and why.
public struct SafetensorsError: Error, Equatable, CustomStringConvertible {
    /// The path of the file.
    public let file: String
    /// What is wrong with it.
    public let problem: SafetensorsProblem

    package init(file: String, problem: SafetensorsProblem) {
        self.file = file
        self.problem = problem
    }

    /// File, problem, and what to do.
    public var description: String {
        switch problem {
        case .unreadable(let reason): "\(file): cannot be read: \(reason)"
        case .unwritable(let reason):
            "\(file): cannot be written: \(reason) Nothing was left behind."
        case .truncated(let expected, let found):
            "\(file): expected \(expected) bytes, found \(found); the file is not whole. "
                + "Copy or download it again."
        case .headerTooLong(let length):
            "\(file): its header claims \(length) bytes, at most 100000000 are allowed; "
                + "this is not a safetensors file."
        case .malformed(let reason): "\(file): the safetensors header is malformed: \(reason)"
        case .missing(let name):
            "\(file): has no tensor \"\(name)\"; is config.json from the same model?"
        case .unsupported(let name, let dtype):
            "\(file): \"\(name)\" has type \(dtype); supported are F32, F64, BF16, F16, I64, BOOL."
        }
    }
}
