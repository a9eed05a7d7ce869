import Foundation
import Torch

/// What a run begins from: nothing, its own last checkpoint, or one of another run.
struct RunOrigin {
    enum Kind {
        case new
        case resumed
        case forked(parent: URL)
    }

    let kind: Kind
    /// The folder of the run.
    let folder: URL
    /// What it goes on from; `nil` for the first step.
    var checkpoint: Checkpoint?
    /// Changed files and settings are no reason to refuse.
    var isForced = false
    /// Newer checkpoints that cannot be used.
    var rejected: [CheckpointPosition] = []
    /// What is not as it should be.
    var warnings: [String] = []
    /// Where the run goes on from.
    var note: String?
    var lock: RunLock?

    /// The beginning of a new run.
    ///
    /// - Throws: `RunError` where something is in the folder already.
    static func new(_ folder: URL) throws -> RunOrigin {
        try RunFolder.checkIsNew(folder)
        return RunOrigin(kind: .new, folder: folder)
    }

    /// The beginning of a run that goes on.
    ///
    /// - Returns: its configuration as well, whose output is this folder wherever it lies now.
    /// - Throws: `RunError` where there is no run, it is finished, or none of its checkpoints can be
    ///   used.
    static func resumed<Choices: RunConfiguration>(
        _ folder: URL, isForced: Bool
    ) throws -> (Choices, RunOrigin) {
        var configuration: Choices = try readConfiguration(of: folder)
        configuration.run.output = folder.relativePath
        let lock = try RunLock(folder)
        let model = folder.appending(path: "model")
        guard !FileManager.default.fileExists(atPath: model.path) else {
            throw RunError(
                path: folder.path,
                reason: "this run is finished: its model is in \(model.path). To train it further, "
                    + "fork it from a checkpoint: grpo fork RUN --at STEP --set training.steps=N "
                    + "--output DIR.")
        }
        var origin = RunOrigin(kind: .resumed, folder: folder, isForced: isForced, lock: lock)
        try origin.chooseCheckpoint()
        return (configuration, origin)
    }

    /// The beginning of a run under other settings.
    ///
    /// - Parameters:
    ///   - parent: the folder of the run that is forked.
    ///   - steps: those after which the checkpoint was made.
    ///   - overrides: `key.path=value`.
    ///   - folder: of the new run.
    /// - Returns: its configuration as well.
    /// - Throws: `RunError` where there is no such checkpoint, or it is damaged; the first key that
    ///   is wrong.
    static func forked<Choices: RunConfiguration>(
        _ parent: URL, at steps: Int, overrides: [String], to folder: URL
    ) throws -> (Choices, RunOrigin) {
        try RunFolder.checkIsNew(folder)
        let checkpoints = RunFolder.checkpoints(of: parent)
        let position = CheckpointPosition(steps: steps)
        guard checkpoints.positions.contains(position) else {
            let known = checkpoints.positions.filter { $0.updates == nil }.map { "\($0.steps)" }
            throw RunError(
                path: parent.path,
                reason: "there is no checkpoint of step \(steps); there are those of "
                    + (known.isEmpty ? "none" : known.reversed().joined(separator: ", "))
                    + ". training.checkpoint_every makes them, training.keep_checkpoints says how "
                    + "many stay.")
        }
        let checkpoint: Checkpoint
        do throws(CheckpointProblem) {
            checkpoint = try checkpoints.verified(position)
        } catch {
            throw RunError(path: checkpoints.place(position).path, reason: error.text + ".")
        }
        let file = checkpoint.url.appending(path: RunFolder.configurationName).path
        var tree = try YAMLNode(
            yaml: try checkpoint.text(RunFolder.configurationName), source: file)
        try tree.apply(overrides)
        var configuration = try Choices(yaml: tree.text, source: "\(file) with --set")
        configuration.run.output = folder.relativePath
        return (
            configuration,
            RunOrigin(kind: .forked(parent: parent), folder: folder, checkpoint: checkpoint)
        )
    }

    private static func readConfiguration<Choices: RunConfiguration>(
        of folder: URL
    ) throws -> Choices {
        let file = folder.appending(path: RunFolder.configurationName)
        guard let data = try? Data(contentsOf: file) else {
            throw RunError(
                path: folder.path,
                reason: "it is not the folder of a run: it has no \(RunFolder.configurationName).")
        }
        return try Choices(yaml: String(decoding: data, as: UTF8.self), source: file.path)
    }

    /// Takes the newest checkpoint of which every byte is as it was written.
    private mutating func chooseCheckpoint() throws {
        let checkpoints = RunFolder.checkpoints(of: folder)
        var problems: [String] = []
        for position in checkpoints.positions where checkpoint == nil {
            do throws(CheckpointProblem) {
                let found = try checkpoints.verified(position)
                try checkLogs(of: found.manifest)
                checkpoint = found
            } catch {
                rejected.append(position)
                problems.append("\(checkpoints.place(position).relativePath): \(error.text).")
            }
        }
        warnings += problems
        if let checkpoint {
            note =
                "going on from \(checkpoint.url.relativePath)"
                + (problems.isEmpty ? "" : ", the newest that can be used")
        } else if !problems.isEmpty, !isForced {
            throw RunError(
                path: folder.path,
                reason: "none of its checkpoints can be used: \(problems.joined(separator: " ")) "
                    + "To start again from the first step, give --force.")
        } else if FileManager.default.fileExists(
            atPath: folder.appending(path: RunFolder.parentName).path)
        {
            throw RunError(
                path: folder.path,
                reason: "this fork has no checkpoint of its own yet. Remove it, and fork again.")
        } else {
            warnings.append(
                "\(folder.relativePath) has no checkpoint: starting again from the first step. "
                    + "training.checkpoint_every says how often one is made.")
        }
    }

    /// A log that is shorter than it was when the checkpoint was made has lost what the resumed run
    /// would not write again.
    private func checkLogs(of manifest: CheckpointManifest) throws(CheckpointProblem) {
        for (name, expected) in manifest.logs.sorted(by: { $0.key < $1.key }) {
            let file = folder.appending(path: name).path
            let facts = try? FileManager.default.attributesOfItem(atPath: file)
            let found = (facts?[.size] as? Int) ?? 0
            guard found >= expected else {
                throw .shortLog(file: name, expected: expected, found: found)
            }
        }
    }
}
