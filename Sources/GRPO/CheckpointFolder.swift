import Foundation
import LanguageModels
import SystemErrors
import Torch

/// A checkpoint whose files have all been found to be what its manifest says.
struct Checkpoint: Sendable {
    /// Its folder.
    let url: URL
    let manifest: CheckpointManifest

    /// Reads one of its JSON files.
    func value<Value: Decodable>(_ type: Value.Type, _ name: String) throws -> Value {
        let file = url.appending(path: name)
        do {
            return try JSONDecoder.checkpoint.decode(type, from: Data(contentsOf: file))
        } catch {
            throw RunError(
                path: file.path,
                reason: "it is not what this program writes (\(error)). Was the checkpoint made by "
                    + "another version?")
        }
    }

    /// The text of one of its files.
    func text(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: url.appending(path: name)), as: UTF8.self)
    }
}

/// The checkpoints of a run, each complete or absent: `checkpoints/step-N`.
struct CheckpointFolder: Sendable {
    /// The folder, which need not be there.
    let url: URL

    /// The places of the checkpoints that are there, the newest first; damaged ones among them.
    var positions: [CheckpointPosition] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
        return names.compactMap(CheckpointPosition.init(name:)).sorted(by: >)
    }

    /// The folder of a checkpoint.
    func place(_ position: CheckpointPosition) -> URL { url.appending(path: position.name) }

    /// Writes a checkpoint: aside, synced, its manifest last, renamed.
    ///
    /// - Parameters:
    ///   - position: at which there is none yet.
    ///   - manifest: made of the other files.
    ///   - write: writes these into a folder.
    /// - Throws: `RunError`; nothing is left behind then.
    func write(
        _ position: CheckpointPosition,
        manifest: ([String: CheckpointManifest.File]) throws -> CheckpointManifest,
        _ write: (URL) throws -> Void
    ) throws {
        let partial = url.appending(path: ".\(position.name).partial-\(getpid())")
        TemporaryFiles.add(partial)
        defer { TemporaryFiles.remove(partial) }
        do {
            try Failpoint.around("checkpoint.create") {
                try FileManager.default.createDirectory(
                    at: partial, withIntermediateDirectories: true)
            }
            try write(partial)
            let files = try Self.synchronizedFiles(of: partial)
            try DurableFile.write(
                try manifest(files).encoded(),
                to: partial.appending(path: CheckpointManifest.fileName),
                failpoint: "checkpoint.manifest")
            try DurableFile.synchronize(partial)
            try Failpoint.around("checkpoint.rename") {
                guard rename(partial.path, place(position).path) == 0 else {
                    throw DurableFile.lastError
                }
            }
            try Failpoint.around("checkpoint.folder.sync") { try DurableFile.synchronize(url) }
        } catch {
            try? FileManager.default.removeItem(at: partial)
            throw RunError(
                path: place(position).path,
                reason: "the checkpoint cannot be written: \(error.explanation) Nothing of it was "
                    + "left behind.")
        }
    }

    /// The size and checksum of every file below a folder, all of which are synced.
    private static func synchronizedFiles(
        of folder: URL
    ) throws -> [String: CheckpointManifest.File] {
        var files: [String: CheckpointManifest.File] = [:]
        for path in try FileManager.default.subpathsOfDirectory(atPath: folder.path) {
            let place = folder.appending(path: path)
            try Failpoint.around("checkpoint.sync") { try DurableFile.synchronize(place) }
            var isFolder: ObjCBool = false
            _ = FileManager.default.fileExists(atPath: place.path, isDirectory: &isFolder)
            guard !isFolder.boolValue else { continue }
            let (checksum, size) = try Checksum.text(ofFile: place.path)
            files[path] = CheckpointManifest.File(bytes: size, sha256: checksum)
        }
        return files
    }

    /// Checks every byte of a checkpoint.
    ///
    /// - Throws: the first thing that is not as it was written.
    func verified(_ position: CheckpointPosition) throws(CheckpointProblem) -> Checkpoint {
        let place = place(position)
        let file = place.appending(path: CheckpointManifest.fileName)
        guard (try? Checksum.text(ofFile: file.path)) != nil, let data = try? Data(contentsOf: file)
        else { throw .noManifest }
        let manifest = try CheckpointManifest(data)
        guard manifest.position == position else {
            throw .otherPosition(manifest.position.name)
        }
        for (path, expected) in manifest.files.sorted(by: { $0.key < $1.key }) {
            let found: (checksum: String, size: Int)
            do {
                found = try Checksum.text(ofFile: place.appending(path: path).path)
            } catch {
                if case .unreadable(let reason) = error {
                    throw .unreadable(file: path, reason: reason)
                }
                throw .unreadable(file: path, reason: "it changes while it is read.")
            }
            guard found.size == expected.bytes else {
                throw .size(file: path, expected: expected.bytes, found: found.size)
            }
            guard found.checksum == expected.sha256 else { throw .checksum(file: path) }
        }
        return Checkpoint(url: place, manifest: manifest)
    }
}

/// Which checkpoints stay.
extension CheckpointFolder {
    /// Removes all but the newest `count` and the best.
    ///
    /// - Parameters:
    ///   - count: at least 1.
    ///   - best: the steps after which the evaluation was the best.
    /// - Throws: `RunError`.
    func rotate(keeping count: Int, best: Int?) throws {
        let best = best.map { CheckpointPosition(steps: $0) }
        for position in positions.dropFirst(max(count, 1)) where position != best {
            // First out of sight: a checkpoint that is half removed is none.
            let removed = url.appending(path: ".\(position.name).removed-\(getpid())")
            TemporaryFiles.add(removed)
            defer { TemporaryFiles.remove(removed) }
            do {
                try Failpoint.around("checkpoint.remove") {
                    guard rename(place(position).path, removed.path) == 0 else {
                        throw DurableFile.lastError
                    }
                    try FileManager.default.removeItem(at: removed)
                }
            } catch {
                throw RunError(
                    path: place(position).path,
                    reason: "the checkpoint cannot be removed: \(error.explanation)")
            }
        }
    }

    /// Gives checkpoints that cannot be used another name, so that theirs are free; deletes nothing.
    ///
    /// - Returns: the new names.
    func setAside(_ positions: [CheckpointPosition]) throws -> [String] {
        try positions.map { position in
            let name = (1...).lazy.map { "\(position.name).unusable-\($0)" }.first {
                !FileManager.default.fileExists(atPath: url.appending(path: $0).path)
            }
            let target = url.appending(path: name ?? "\(position.name).unusable")
            guard rename(place(position).path, target.path) == 0 else {
                throw RunError(
                    path: place(position).path,
                    reason: "it cannot be renamed: \(DurableFile.lastError.explanation)")
            }
            return target.lastPathComponent
        }
    }
}
