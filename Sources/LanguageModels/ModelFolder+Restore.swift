package import Foundation
import NeuralNetwork
package import Torch

extension LanguageModel {
    /// Takes the trained weights, or the adapter's, back from a folder that `save` wrote with one
    /// file of weights in their own types.
    ///
    /// - Throws: an error naming the file and the tensor that is missing or of another shape.
    package func restoreTrainable(from folder: URL) throws {
        if let adapter = decoder.adapter {
            try SafetensorsFile(folder.appending(path: AdapterFolder.weightsName)).restore(
                adapter.parameters.map { (AdapterFolder.prefix + $0.name, $0.value) })
        } else {
            try SafetensorsFile(folder.appending(path: CheckpointWeights.fileName)).restore(
                decoder.parameters.map { ($0.name, $0.value) })
        }
    }
}

extension SafetensorsFile {
    /// Overwrites tensors with those of the file.
    ///
    /// - Parameter tensors: all that the file holds, by name.
    /// - Throws: `ModelError` where one is missing, too many or of another shape or type.
    package func restore(_ tensors: [(name: String, tensor: Tensor)]) throws {
        var unused = Set(entries.keys)
        for (name, tensor) in tensors {
            let stored = try self.tensor(name)
            guard stored.shape == tensor.shape, stored.dtype == tensor.dtype else {
                throw ModelError(
                    file: url.path,
                    reason: "\"\(name)\" is \(stored.dtype) \(stored.shape), expected "
                        + "\(tensor.dtype) \(tensor.shape). Is the checkpoint of this model?")
            }
            withoutGradients { tensor.copyInPlace(stored) }
            unused.remove(name)
        }
        if let name = unused.min() {
            throw ModelError(
                file: url.path,
                reason: "\"\(name)\" (one of \(unused.count)) is no tensor of this run. Is the "
                    + "checkpoint of this model, and of the same kind of training?")
        }
    }
}
