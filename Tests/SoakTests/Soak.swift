import Foundation

/// Long experiments: they run where `GRPO_SOAK` is set, as `make soak` does.
enum Soak {
    /// Whether they are asked for.
    static var isAsked: Bool { ProcessInfo.processInfo.environment["GRPO_SOAK"] == "1" }

    /// Whether a small part of each is enough, to see that they work (`GRPO_SOAK_SHORT`).
    static var isShort: Bool {
        ProcessInfo.processInfo.environment["GRPO_SOAK_SHORT"] == "1"
    }

    /// A line of the table.
    private struct Line: Encodable {
        let suite, name: String
        let tried, survived, lost: Int
        let note: String

        enum CodingKeys: String, CodingKey {
            case suite, tried, survived, lost, note
            case name = "case"
        }
    }

    /// Appends a line to the file that `GRPO_SOAK_REPORT` names, if it does.
    static func record(
        suite: String, case name: String, tried: Int, survived: Int, note: String = ""
    ) throws {
        guard let path = ProcessInfo.processInfo.environment["GRPO_SOAK_REPORT"] else { return }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let line = Line(
            suite: suite, name: name, tried: tried, survived: survived, lost: tried - survived,
            note: note)
        if !FileManager.default.fileExists(atPath: path) {
            try Data().write(to: URL(filePath: path))
        }
        let file = try FileHandle(forWritingTo: URL(filePath: path))
        try file.seekToEnd()
        try file.write(contentsOf: encoder.encode(line) + Data("\n".utf8))
    }
}
