public import Torch

/// Leaves out a share of a layer's inputs while a network learns (Srivastava et al. 2014).
///
/// Which ones depends on nothing but a seed and the layer's place in the network, so that a pass
/// that is computed again leaves out the same. Outside `during` nothing is left out.
public final class Dropout {
    /// The share that is left out.
    public let rate: Double
    private var seed: UInt64?

    init(rate: Double) { self.rate = rate }

    /// Runs the forward half of a training pass.
    ///
    /// - Parameters:
    ///   - stream: derived from the run's seed and the place of the pass in the run.
    ///   - pass: the half, or the whole.
    /// - Returns: what the pass returns.
    public func during<Result>(_ stream: RandomStream, _ pass: () -> Result) -> Result {
        guard rate > 0 else { return pass() }
        var stream = stream
        return with(stream.next(), pass)
    }

    /// A part of the pass that leaves out the same whenever it is called, also after the pass.
    package func repeatable(_ part: @escaping (Tensor) -> Tensor) -> (Tensor) -> Tensor {
        { [self, seed] input in with(seed) { part(input) } }
    }

    private func with<Result>(_ seed: UInt64?, _ body: () -> Result) -> Result {
        let before = self.seed
        self.seed = seed
        defer { self.seed = before }
        return body()
    }

    /// Whether anything is left out now.
    var isActive: Bool { seed != nil }

    /// What is kept, divided by its share so that the mean stays.
    func callAsFunction(_ input: Tensor, place: Int) -> Tensor {
        guard let seed else { return input }
        var stream = RandomStream(seed, UInt64(place))
        // Drawn on the CPU, so that a seed means the same mask on every device.
        let uniform = Tensor.uniform(
            0, 1, seed: stream.next(), shape: input.shape, dtype: .float32)
        let kept = uniform .< Tensor([Float(1 - rate)])
        return input * (kept.to(input.dtype, device: input.device) / (1 - rate))
    }
}
