import Foundation
import Torch

/// A folder that others take the place of: at any time there is a whole one.
///
/// For a moment that is `NAME.old`, beside its place; where the process ends in it, `recover` puts it
/// back.
struct ReplacedFolder {
    private let url: URL
    private let next: URL
    private let old: URL

    /// The folder at a place, which need not be there.
    init(_ url: URL) {
        self.url = url
        let parent = url.deletingLastPathComponent()
        next = parent.appending(path: url.lastPathComponent + Self.nextEnding)
        old = parent.appending(path: url.lastPathComponent + Self.oldEnding)
    }

    private static let nextEnding = ".next"
    private static let oldEnding = ".old"

    /// Puts another in its place.
    ///
    /// - Parameter write: writes a new folder, complete or absent.
    /// - Throws: what `write` throws, and errors of the file system; the one before stays then.
    func replace(_ write: (URL) throws -> Void) throws {
        try recover()
        guard Self.isThere(url) else { return try write(url) }
        TemporaryFiles.add(next)
        defer { TemporaryFiles.remove(next) }
        do {
            try write(next)
            try Failpoint.around("replace.old") { try rename(url, to: old) }
            try Failpoint.around("replace.next") { try rename(next, to: url) }
        } catch {
            try? recover()
            throw error
        }
        try FileManager.default.removeItem(at: old)
    }

    /// Removes what a replacement has left behind that did not come to its end, or takes it back.
    func recover() throws {
        if Self.isThere(old) {
            if Self.isThere(url) {
                try FileManager.default.removeItem(at: old)
            } else {
                try rename(old, to: url)
            }
        }
        if Self.isThere(next) { try FileManager.default.removeItem(at: next) }
    }

    /// The folders of a folder that a replacement has left something behind of.
    static func unfinished(in folder: URL) -> [ReplacedFolder] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        let places = names.flatMap { name in
            [nextEnding, oldEnding].filter(name.hasSuffix).map { name.dropLast($0.count) }
        }
        return Set(places).map { ReplacedFolder(folder.appending(path: String($0))) }
    }

    private static func isThere(_ url: URL) -> Bool {
        FileManager.default.fileExists(atPath: url.path)
    }

    private func rename(_ source: URL, to target: URL) throws {
        try SafetensorsFile.rename(source, to: target)
    }
}

extension RunFolder {
    /// Puts another model in the place of the best one; at any time there is a whole one.
    ///
    /// - Parameters:
    ///   - evaluation: of the model.
    ///   - save: writes the model into a new folder.
    /// - Throws: what saving throws, and errors of renaming.
    func replaceBest(_ evaluation: BestEvaluation, save: (URL) throws -> Void) throws {
        try ReplacedFolder(best).replace(save)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try DurableFile.replace(
            url.appending(path: "best.json"), with: try encoder.encode(evaluation),
            failpoint: "best")
    }
}
