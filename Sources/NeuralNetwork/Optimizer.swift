public import Torch

/// AdamW (Loshchilov & Hutter 2019, algorithm 2) over named parameters.
public final class AdamW {
    /// The numbers of the update rule.
    public struct Settings: Sendable, Equatable {
        /// The decay of the first moment.
        public var beta1 = 0.9
        /// The decay of the second moment.
        public var beta2 = 0.999
        /// Added to the root of the second moment.
        public var epsilon = 1e-8
        /// The share of each weight that a step of learning rate 1 would take away.
        public var weightDecay = 0.0

        /// The usual settings.
        public init() {}
    }

    private let settings: Settings
    private let parameters: [Parameter]
    /// First moment, second moment and count of updates of each parameter.
    private let state: [(first: Tensor, second: Tensor, steps: Tensor)]

    /// An optimizer that has made no step yet. The parameters require gradients from here on.
    public init(_ parameters: [Parameter], settings: Settings = Settings()) {
        self.parameters = parameters
        self.settings = settings
        state = parameters.map { parameter in
            parameter.value.requiringGradient()
            return withoutGradients {
                (
                    parameter.value.zerosLike(), parameter.value.zerosLike(),
                    Tensor.zeros([], dtype: .float32, device: parameter.value.device)
                )
            }
        }
    }

    /// Scales the gradients to a norm of at most `maximum`.
    ///
    /// - Returns: the norm of all gradients together before scaling.
    public func clipGradients(toNorm maximum: Double) -> Double {
        let norm = gradientNorm()
        clipGradients(ofNorm: norm, toNorm: maximum)
        return norm
    }

    /// The norm of all gradients together; it takes memory for the square of the largest.
    public func gradientNorm() -> Double {
        withoutGradients {
            let gradients = parameters.compactMap(\.value.gradient)
            guard !gradients.isEmpty else { return 0 }
            let squares = gradients.map { ($0 * $0).sum().to(.float64).reshaped([1]) }
            return Tensor.concatenate(squares).sum().item.squareRoot()
        }
    }

    /// Scales the gradients, in place, to a norm of at most `maximum`.
    ///
    /// - Parameters:
    ///   - norm: that they have.
    ///   - maximum: that they shall have.
    public func clipGradients(ofNorm norm: Double, toNorm maximum: Double) {
        guard norm > maximum else { return }
        withoutGradients {
            for gradient in parameters.compactMap(\.value.gradient) {
                gradient.multiplyInPlace(maximum / norm)
            }
        }
    }

    /// One update of every parameter that has a gradient.
    public func step(learningRate: Double) {
        withoutGradients {
            var tensors = AdamWTensors()
            for (parameter, state) in zip(parameters, state) {
                guard let gradient = parameter.value.gradient else { continue }
                tensors.parameters.append(parameter.value)
                tensors.gradients.append(gradient)
                tensors.firstMoments.append(state.first)
                tensors.secondMoments.append(state.second)
                tensors.steps.append(state.steps)
            }
            tensors.update(
                learningRate: learningRate, beta1: settings.beta1, beta2: settings.beta2,
                weightDecay: settings.weightDecay, epsilon: settings.epsilon)
        }
    }

    /// Forgets the gradients.
    public func clearGradients() {
        for parameter in parameters { parameter.value.clearGradient() }
    }

    /// What a checkpoint needs beside the parameters: both moments and the count of updates of each,
    /// named after it. Writing into these tensors is how the state is taken back.
    public var stateTensors: [(name: String, tensor: Tensor)] {
        zip(parameters, state).flatMap { parameter, state in
            [
                ("\(parameter.name).first_moment", state.first),
                ("\(parameter.name).second_moment", state.second),
                ("\(parameter.name).updates", state.steps),
            ]
        }
    }
}
