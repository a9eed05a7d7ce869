package import Foundation
import Torch

/// The outcomes of evaluations that were measured before, by what they depend on.
///
/// An entry is a file of two lines: the SHA-256 of the second, and the outcomes as JSON.
package struct EvaluationCache {
    /// An entry that is not what was written.
    package struct Damage: Error, CustomStringConvertible {
        let path: String
        let reason: String
        package var description: String {
            "\(path): the cached evaluation is damaged (\(reason)); it is measured again."
        }
    }

    private let folder: URL

    /// The cache in a folder, which need not exist.
    package init(_ folder: URL) { self.folder = folder }

    /// The user's cache: `$XDG_CACHE_HOME/swift-grpo/eval`, or `~/.cache/swift-grpo/eval`.
    package static var standard: EvaluationCache {
        let environment = ProcessInfo.processInfo.environment
        let base = environment["XDG_CACHE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
        let home = FileManager.default.homeDirectoryForCurrentUser.appending(path: ".cache")
        let folder = base.map { URL(filePath: $0) } ?? home
        return EvaluationCache(folder.appending(path: "swift-grpo").appending(path: "eval"))
    }

    /// The outcomes of an entry, or `nil` where there is none.
    ///
    /// - Throws: `Damage`, where there is one that cannot be believed.
    package func outcomes(_ key: String) throws(Damage) -> [PromptOutcome]? {
        let file = place(key)
        guard FileManager.default.fileExists(atPath: file.path) else { return nil }
        guard let bytes = FileManager.default.contents(atPath: file.path) else {
            throw Damage(path: file.path, reason: "it cannot be read")
        }
        let parts = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard parts.count == 2,
            Checksum.text(of: Data(parts[1])) == String(decoding: parts[0], as: UTF8.self)
        else { throw Damage(path: file.path, reason: "its checksum is another") }
        do {
            return try JSONDecoder().decode([PromptOutcome].self, from: Data(parts[1]))
        } catch {
            throw Damage(path: file.path, reason: "it holds something else")
        }
    }

    /// Writes an entry: aside, then renamed, so that it is whole or absent.
    package func store(_ outcomes: [PromptOutcome], as key: String) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let body = try encoder.encode(outcomes)
        try (Data((Checksum.text(of: body) + "\n").utf8) + body).write(
            to: place(key), options: .atomic)
    }

    private func place(_ key: String) -> URL { folder.appending(path: key + ".json") }
}
