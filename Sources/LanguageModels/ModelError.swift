import Foundation

/// A model that cannot be read or written: which file, what is wrong, what to do.
public struct ModelError: Error, Equatable, CustomStringConvertible {
    /// The path of the file or folder.
    public let file: String
    /// What was expected, what was found, and the next move.
    public let reason: String

    /// An error about a file.
    public init(file: String, reason: String) {
        self.file = file
        self.reason = reason
    }

    init(file: String, decoding error: DecodingError) {
        func path(_ context: DecodingError.Context, _ key: (any CodingKey)? = nil) -> String {
            let keys = context.codingPath + (key.map { [$0] } ?? [])
            return keys.map(\.stringValue).joined(separator: ".")
        }
        let reason =
            switch error {
            case .keyNotFound(let key, let context):
                "the key \"\(path(context, key))\" is missing; is this the file of a decoder?"
            case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
                "\"\(path(context))\": expected \(Self.name(of: type)). \(context.debugDescription)"
            case .dataCorrupted(let context):
                context.codingPath.isEmpty
                    ? "it is not valid JSON: \(context.debugDescription)"
                    : "\"\(path(context))\": \(context.debugDescription)"
            @unknown default: "\(error)"
            }
        self.init(file: file, reason: reason)
    }

    private static func name(of type: any Any.Type) -> String {
        switch type {
        case is Int.Type: "a whole number"
        case is Double.Type: "a number"
        case is Bool.Type: "true or false"
        case is String.Type: "a string"
        default: "\(type)"
        }
    }

    /// File and reason.
    public var description: String { "\(file): \(reason)" }
}
