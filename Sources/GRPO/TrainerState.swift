import Foundation
import LanguageModels
import NeuralNetwork
import Rewards
import Torch

/// What a trainer keeps from one step to the next, beside tensors.
///
/// Every random number and the order of the data are derived from the seed and the step, so that the
/// count of steps stands for them.
struct TrainerState: Codable, Sendable {
    let completedSteps: Int
    let step: StepState
    /// The objective's coefficients before the first step, under the settings of the run.
    let initialObjective: ObjectiveState
    /// What happened to reward programs so far, which metrics count.
    let rewardCounts: [String: RewardSourceCounts]

    /// The place in the run.
    var position: CheckpointPosition {
        CheckpointPosition(steps: completedSteps, updates: step.unfinishedUpdates)
    }
}

/// The tensors that training changes.
struct TrainedNetworks {
    let model: LanguageModel
    var value: ValueNetwork?
    /// The reference, where it moves.
    var reference: LanguageModel?
    let optimizers: [(file: String, optimizer: AdamW)]

    /// Writes the model's folder, with the value network in it, and a file for each of the others.
    func write(into folder: URL) throws {
        // One file, in the types of memory: what is read back is equal bit by bit.
        var settings = SaveSettings()
        settings.shardBytes = .max
        try model.save(to: folder.appending(path: "model"), settings: settings, value: value)
        for (name, tensors) in files {
            try SafetensorsFile.write(
                tensors, to: folder.appending(path: name).appendingPathExtension("safetensors"))
        }
    }

    /// Takes the tensors back from such a folder.
    ///
    /// - Throws: an error naming the file and the tensor that is missing or of another shape.
    func read(from folder: URL) throws {
        try model.restoreTrainable(from: folder.appending(path: "model"))
        if let value {
            try SafetensorsFile(folder.appending(path: "model/\(ValueNetwork.fileName)"))
                .restore(value.parameters.map { ($0.name, $0.value) })
        }
        for (name, tensors) in files {
            try SafetensorsFile(
                folder.appending(path: name).appendingPathExtension("safetensors")
            ).restore(tensors)
        }
    }

    private var files: [(name: String, tensors: [(name: String, tensor: Tensor)])] {
        optimizers.map { ($0.file, $0.optimizer.stateTensors) }
            + (reference.map {
                [("reference", $0.decoder.parameters.map { ($0.name, $0.value) })]
            } ?? [])
    }
}
