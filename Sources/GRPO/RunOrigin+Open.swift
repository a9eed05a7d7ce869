import Foundation
import Torch

extension RunOrigin {
    /// Compares what the run is made from now with what the checkpoint was made from.
    ///
    /// - Throws: `RunError` naming what has changed, where that is not asked for.
    mutating func check(_ configuration: some RunConfiguration, _ inputs: RunInputs) throws {
        guard let checkpoint else { return }
        if case .forked = kind {
            // Other settings are what it is for; files that only have the same name are not.
            let changes = inputs.changes(since: checkpoint.manifest.inputs)
            guard !changes.isEmpty else { return }
            warnings.append(
                "since \(checkpoint.url.lastPathComponent) of the parent was made, "
                    + "\(changes.joined(separator: "; ")). The fork begins with what is there now.")
            return
        }
        let settings = try settingChanges(of: configuration, since: checkpoint)
        for change in settings.ofRounding {
            warnings.append(
                "\(change). The run goes on, not equal bit by bit to one never stopped.")
        }
        let changes = settings.ofObjective + inputs.changes(since: checkpoint.manifest.inputs)
        guard !changes.isEmpty else { return }
        let list = changes.joined(separator: "; ")
        guard isForced else {
            throw RunError(
                path: folder.path,
                reason: "since \(checkpoint.url.lastPathComponent) was made, \(list). Put it back; "
                    + "or start a run of its own with grpo fork; or go on in this one with --force, "
                    + "which is then no longer one experiment.")
        }
        if checkpoint.manifest.position.updates != nil {
            throw RunError(
                path: checkpoint.url.path,
                reason: "it was made in the middle of a step, whose completions were sampled and "
                    + "scored under the settings and files before (\(list)): also with --force the "
                    + "step cannot be gone on with under others. Put these back until the step is "
                    + "done.")
        }
        warnings.append("going on although \(list).")
    }

    private func settingChanges<Choices: RunConfiguration>(
        of configuration: Choices, since checkpoint: Checkpoint
    ) throws -> (ofObjective: [String], ofRounding: [String]) {
        try configuration.changes(
            since: Choices(
                yaml: try checkpoint.text(RunFolder.configurationName),
                source: checkpoint.url.appending(path: RunFolder.configurationName).path))
    }

    /// Makes the run's folder, or takes it up again as it was at the checkpoint.
    mutating func open(_ configuration: some RunConfiguration, _ device: Device) throws -> RunFolder
    {
        if let checkpoint {
            warnings += RunSurroundings(device).warnings(since: checkpoint.manifest.surroundings)
        }
        switch kind {
        case .new: return try RunFolder(folder, configuration: configuration.yamlText)
        case .forked(let parent):
            return try RunFolder(
                folder, configuration: configuration.yamlText,
                parent: try JSONEncoder.checkpoint.encode(
                    Parent(
                        run: parent.standardizedFileURL.path,
                        step: checkpoint?.manifest.position.steps ?? 0)))
        case .resumed:
            let checkpoints = RunFolder.checkpoints(of: folder)
            for (position, name) in zip(rejected, try checkpoints.setAside(rejected)) {
                warnings.append("\(checkpoints.place(position).relativePath) is now called \(name)")
            }
            removeLeftovers()
            return try RunFolder(
                folder, logs: checkpoint?.manifest.logs ?? [:], lock: lock ?? RunLock(folder))
        }
    }

    /// Says where the run goes on from, and what is not as it should be.
    func tell(_ report: (RunEvent) -> Void) {
        for warning in warnings { report(.warning(warning)) }
        if let note { report(.note(note)) }
    }

    /// What a fork says of where it comes from.
    private struct Parent: Encodable {
        let run: String
        let step: Int
    }

    /// Removes what a process that was killed had not renamed yet, or not removed to the end.
    private func removeLeftovers() {
        for place in ["", "models", "checkpoints"] {
            let url = place.isEmpty ? folder : folder.appending(path: place)
            let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
            for name in names
            where name.hasPrefix(".") && (name.contains(".partial-") || name.contains(".removed-"))
            {
                try? FileManager.default.removeItem(at: url.appending(path: name))
            }
            for place in ReplacedFolder.unfinished(in: url) { try? place.recover() }
        }
    }
}
