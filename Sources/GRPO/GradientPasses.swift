import LanguageModels
import NeuralNetwork
import Torch

/// The passes that an update's gradients are summed over.
struct GradientPasses {
    let parameters: [Tensor]
    /// How many run side by side.
    let width: Int

    /// Passes over a decoder, so many side by side; by default as many as are fast.
    init(_ decoder: Decoder, width: Int? = nil) {
        self.init(decoder.trainableParameters, width: width ?? decoder.passesSideBySide)
    }

    /// Passes over these parameters, so many side by side.
    init(_ parameters: [Parameter], width: Int) {
        self.parameters = parameters.map(\.value)
        self.width = width
    }

    /// Adds the gradient of each batch's loss to the parameters.
    ///
    /// A worker sums the gradients of its batches in their order, and the sums are added in the
    /// order of the workers: the same numbers every time, for the same count of threads.
    ///
    /// - Parameters:
    ///   - batches: what passes are made over.
    ///   - stop: asked before each pass.
    ///   - pass: gives the loss of a batch and what is to be known of it, without tensors.
    /// - Returns: what is to be known, in the order of the batches.
    /// - Throws: `StepInterrupted`; the gradients of some batches may have been added then.
    func run<Batch, Result>(
        _ batches: [Batch], stop: StopRequest = StopRequest(),
        _ pass: (_ index: Int, Batch) -> (loss: Tensor, result: Result)
    ) throws(StepInterrupted) -> [Result] {
        guard width > 1, batches.count > 1 else {
            return try batches.enumerated().map { index, batch throws(StepInterrupted) in
                try stop.check()
                Failpoint.work("pass")
                let (loss, result) = pass(index, batch)
                Profile.span(.backward) { loss.backward() }
                return result
            }
        }
        let parts = batches.indices.map(\.self).divided(into: width) { _ in 1 }
        let outcomes = Library.sideBySide(parts.count) { part in
            var sums = [Tensor?](repeating: nil, count: parameters.count)
            var results: [Result] = []
            for index in parts[part] where !stop.isRequested {
                Failpoint.work("pass")
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
                results.append(result)
            }
            return (sums: sums, results: results)
        }
        try stop.check()
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
