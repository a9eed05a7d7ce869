import LanguageModels
import NeuralNetwork
import Torch

/// The passes that an update's gradients are summed over.
struct GradientPasses {
    private let parameters: [Tensor]
    /// How many run side by side.
    let width: Int

    /// Passes over a decoder, so many side by side; by default as many as are fast.
    init(_ decoder: Decoder, width: Int? = nil) {
        parameters = decoder.trainableParameters.map(\.value)
        self.width = width ?? decoder.passesSideBySide
    }

    /// Adds the gradient of each batch's loss to the parameters.
    ///
    /// A worker sums the gradients of its batches in their order, and the sums are added in the
    /// order of the workers: the same numbers every time, for the same count of threads.
    ///
    /// - Parameters:
    ///   - batches: what passes are made over.
    ///   - pass: gives the loss of a batch and what is to be known of it, without tensors.
    /// - Returns: what is to be known, in the order of the batches.
    func run<Batch, Result>(
        _ batches: [Batch], _ pass: (_ index: Int, Batch) -> (loss: Tensor, result: Result)
    ) -> [Result] {
        guard width > 1, batches.count > 1 else {
            return batches.enumerated().map { index, batch in
                let (loss, result) = pass(index, batch)
                Profile.span(.backward) { loss.backward() }
                return result
            }
        }
        let parts = batches.indices.map(\.self).divided(into: width) { _ in 1 }
        let outcomes = Library.sideBySide(parts.count) { part in
            var sums = [Tensor?](repeating: nil, count: parameters.count)
            let results = parts[part].map { index in
                let (loss, result) = pass(index, batches[index])
                let gradients = Profile.span(.backward) { loss.gradients(of: parameters) }
                for (place, gradient) in gradients.enumerated() {
                    guard let gradient else { continue }
                    if let sum = sums[place] {
                        sum.addInPlace(gradient)
                    } else {
                        sums[place] = gradient
                    }
                }
                return result
            }
            return (sums: sums, results: results)
        }
        Profile.span(.summing) {
            withoutGradients {
                for outcome in outcomes {
                    for (parameter, sum) in zip(parameters, outcome.sums) {
                        if let sum { parameter.addGradient(sum) }
                    }
                }
            }
        }
        return outcomes.flatMap(\.results)
    }
}
