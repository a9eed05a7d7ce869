import Foundation
import SystemErrors
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
    /// - Parameters:
    ///   - write: writes a new folder, complete or absent.
    ///   - record: notes what is in the place now.
    /// - Throws: what `write` and `record` throw, and `RunError`; the one before stays then.
    func replace(_ write: (URL) throws -> Void, record: () throws -> Void = {}) throws {
        try recover()
        guard Self.isThere(url) else {
            try write(url)
            return try record()
        }
        TemporaryFiles.add(next)
        defer { TemporaryFiles.remove(next) }
        do {
            try write(next)
            try move(url, to: old, failpoint: "replace.old")
            try move(next, to: url, failpoint: "replace.next")
            try record()
        } catch {
            if Self.isThere(old) { try? FileManager.default.removeItem(at: url) }
            try? recover()
            throw error
        }
        // The new one is there: what cannot be removed now is removed the next time.
        try? Failpoint.around("replace.remove") { try FileManager.default.removeItem(at: old) }
    }

    /// Removes what a replacement has left behind that did not come to its end, or takes it back.
    func recover() throws {
        if Self.isThere(old) {
            if Self.isThere(url) {
                try FileManager.default.removeItem(at: old)
            } else {
                try move(old, to: url)
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

    private func move(_ source: URL, to target: URL, failpoint: String? = nil) throws {
        do {
            guard let failpoint else { return try SafetensorsFile.rename(source, to: target) }
            try Failpoint.around(failpoint) { try SafetensorsFile.rename(source, to: target) }
        } catch {
            throw RunError(
                path: url.path, reason: "it cannot be replaced: \(error.explanation)")
        }
    }
}

extension RunFolder {
    /// Puts another model in the place of the best one; at any time there is a whole one.
    ///
    /// - Parameters:
    ///   - evaluation: of the model.
    ///   - save: writes the model into a new folder.
    /// - Throws: what saving throws, and `RunError`; the best one before is in its place then.
    func replaceBest(_ evaluation: BestEvaluation, save: (URL) throws -> Void) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let record = try encoder.encode(evaluation)
        let file = url.appending(path: "best.json")
        try ReplacedFolder(best).replace(save) {
            do {
                try DurableFile.replace(file, with: record, failpoint: "best")
            } catch {
                throw RunError(
                    path: file.path, reason: "it cannot be written: \(error.explanation)")
            }
        }
    }
}
