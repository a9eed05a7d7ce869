import Foundation
import Rewards

/// One line of a JSON Lines file, its keys in the order in which they were added.
struct LogLine {
    private var fields: [String] = []

    mutating func add(_ name: String, _ value: Int) { append(name, "\(value)") }

    /// A number; `null` where it is not finite, which JSON cannot say.
    mutating func add(_ name: String, _ value: Double) { append(name, Self.number(value)) }

    mutating func add(_ name: String, _ value: Double?) {
        append(name, value.map(Self.number) ?? "null")
    }

    mutating func add(_ name: String, _ value: String) { append(name, Self.string(value)) }

    /// The line, with its line break.
    var text: String { "{" + fields.joined(separator: ",") + "}\n" }

    private mutating func append(_ name: String, _ value: String) {
        fields.append(Self.string(name) + ":" + value)
    }

    private static func number(_ value: Double) -> String {
        value.isFinite ? "\(value)" : "null"
    }

    private static func string(_ value: String) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        let data = try? encoder.encode(value)
        return data.map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
    }
}
