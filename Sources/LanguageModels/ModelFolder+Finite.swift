public import Foundation
public import NeuralNetwork
import Torch

extension [Parameter] {
    /// Throws where a weight is infinite or not a number.
    ///
    /// - Parameter place: where they are about to be saved.
    /// - Throws: `ModelError` where one is infinite or not a number.
    public func checkFinite(for place: URL) throws(ModelError) {
        guard let spoiled = first(where: { !$0.value.isFinite }) else { return }
        throw ModelError(
            file: place.path,
            reason: "it is not written: \(spoiled.name) holds numbers that are not finite. Go back "
                + "to the model saved before, with a lower learning rate.")
    }
}
