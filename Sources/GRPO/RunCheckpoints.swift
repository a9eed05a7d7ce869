public import Foundation
import Torch

/// Makes the checkpoints of a run.
struct RunCheckpoints {
    /// The name of the file with a run's state beside tensors.
    static let stateName = "state.json"

    let folder: CheckpointFolder
    private let choices: (every: Int, keep: Int)
    private let configuration: String
    private let inputs: RunInputs
    private let surroundings: RunSurroundings

    init(
        _ run: RunFolder, _ configuration: some RunConfiguration, _ inputs: RunInputs,
        _ device: Device
    ) {
        folder = RunFolder.checkpoints(of: run.url)
        choices = configuration.checkpoints
        self.configuration = configuration.yamlText
        self.inputs = inputs
        surroundings = RunSurroundings(device)
    }

    /// Whether any are asked for.
    var areRegular: Bool { choices.every > 0 }

    /// Whether one is to be made after so many steps: every so many, and after the last.
    func isDue(after steps: Int, of total: Int) -> Bool {
        areRegular && (steps.isMultiple(of: choices.every) || steps == total)
    }

    /// Makes a checkpoint, and removes those that are too many; one that is there stays as it is.
    ///
    /// - Parameters:
    ///   - position: the place in the run.
    ///   - state: what is no tensor.
    ///   - networks: the tensors.
    ///   - run: whose logs end here.
    ///   - best: the steps after which the evaluation was the best.
    ///   - report: told of a checkpoint that was made.
    /// - Returns: its folder.
    /// - Throws: `RunError`; the run is as it was, and may go on.
    func write(
        at position: CheckpointPosition, state: some Encodable, networks: TrainedNetworks,
        run: RunFolder, best: Int? = nil, report: (RunEvent) -> Void
    ) throws -> URL {
        let place = folder.place(position)
        if !FileManager.default.fileExists(atPath: place.path) {
            try Profile.span(.saving) { try write(position, state, networks, run) }
            report(.checkpoint(place))
        }
        try folder.rotate(keeping: choices.keep, best: best)
        return place
    }

    private func write(
        _ position: CheckpointPosition, _ state: some Encodable, _ networks: TrainedNetworks,
        _ run: RunFolder
    ) throws {
        let logs = try run.synchronizedLogs()
        try folder.write(position) { files in
            CheckpointManifest(
                position: position, files: files, logs: logs, surroundings: surroundings,
                inputs: inputs.checksums)
        } _: { partial in
            try networks.write(into: partial)
            try DurableFile.write(
                try JSONEncoder.checkpoint.encode(state),
                to: partial.appending(path: Self.stateName), failpoint: "checkpoint.state")
            try DurableFile.write(
                Data(configuration.utf8),
                to: partial.appending(path: RunFolder.configurationName),
                failpoint: "checkpoint.configuration")
        }
    }
}

/// How a run ended.
public enum RunOutcome: Sendable, Equatable {
    /// After its last step; its model is there.
    case finished(model: URL)
    /// Before, on request; `grpo resume` goes on from the checkpoint.
    case interrupted(checkpoint: URL)

    /// The model that there is now, in its folder.
    public var model: URL {
        switch self {
        case .finished(let model): model
        case .interrupted(let checkpoint): checkpoint.appending(path: "model")
        }
    }
}
