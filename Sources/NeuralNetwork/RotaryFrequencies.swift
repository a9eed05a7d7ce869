import Foundation
import Torch

/// The angle a position adds to each pair of channels, in the arithmetic of transformers 5.23
/// (`modeling_rope_utils.py`): float32, operation by operation, because far positions multiply
/// the last bit of a frequency.
enum RotaryFrequencies {
    /// The same for every sequence, `[D / 2]`.
    case fixed([Float])
    /// Two lists; the second for tokens of sequences longer than `length`.
    case switched(short: [Float], long: [Float], length: Double)
    /// From a base that grows with the sequence beyond the context.
    case growing(base: Double, factor: Double, contextLength: Double, width: Int)

    /// The frequencies for `width` rotated channels.
    init(_ configuration: RotaryConfiguration, width: Int) {
        // θ^(2i / D)
        let wavelengths = (0..<width / 2).map { index in
            Float(configuration.base).raised(to: Float(2 * index) / Float(width))
        }
        let plain = wavelengths.map { 1 / $0 }
        switch configuration.scaling {
        case .none: self = .fixed(plain)
        case .linear(let factor): self = .fixed(plain.map { $0 / Float(factor) })
        case .dynamic(let factor, let contextLength):
            self = .growing(
                base: configuration.base, factor: factor, contextLength: Double(contextLength),
                width: width)
        case .llama3(let rule): self = .fixed(plain.map(rule.scaled))
        case .yarn(let rule):
            self = .fixed(rule.scaled(wavelengths, base: configuration.base, width: width))
        case .longRoPE(let rule):
            let divided = { (factors: [Double]) in
                zip(factors, wavelengths).map { 1 / (Float($0) * $1) }
            }
            self = .switched(
                short: divided(rule.short), long: divided(rule.long), length: rule.originalLength)
        }
    }

    /// The frequencies of tokens in sequences of these lengths `[T]`: `[1 or T, 1, D / 2]`.
    func values(lengths: Tensor) -> Tensor {
        let device = lengths.device
        let row = { (values: [Float]) in
            Tensor(values, shape: [1, 1, values.count]).to(device: device)
        }
        switch self {
        case .fixed(let values): return row(values)
        case .switched(let short, let long, let length):
            let isLong = Tensor([length]).to(device: device) .< lengths.reshaped([-1, 1, 1])
            return isLong.select(row(long), else: row(short))
        case .growing(let base, let factor, let contextLength, let width):
            let growth =
                lengths.to(.float64).reshaped([-1, 1, 1]).clamped(contextLength, .infinity)
                * (factor / contextLength) - (factor - 1)
            let (width, count) = (Double(width), width / 2)
            let logBase = growth.logarithm() * (width / (width - 2)) + Foundation.log(base)
            let exponents = Tensor(
                (0..<count).map { -Double(2 * $0) / width }, shape: [1, 1, count]
            ).to(device: device)
            return (logBase * exponents).exponential().to(.float32)
        }
    }
}

extension RotaryConfiguration.Llama3 {
    fileprivate func scaled(_ frequency: Float) -> Float {
        let wavelength = Float(2 * Double.pi) / frequency
        if wavelength > Float(originalLength / lowFactor) { return frequency / Float(factor) }
        if wavelength < Float(originalLength / highFactor) { return frequency }
        let smooth =
            (Float(originalLength) / wavelength - Float(lowFactor)) / Float(highFactor - lowFactor)
        return (1 - smooth) * frequency / Float(factor) + smooth * frequency
    }
}

extension RotaryConfiguration.YaRN {
    fileprivate func scaled(_ wavelengths: [Float], base: Double, width: Int) -> [Float] {
        // The channel that turns so many times in the original length.
        let channel = { (rotations: Double) in
            Double(width) * Foundation.log(originalLength / (rotations * 2 * .pi))
                / (2 * Foundation.log(base))
        }
        var (low, high) = (channel(fastRotations), channel(slowRotations))
        if roundsBounds { (low, high) = (low.rounded(.down), high.rounded(.up)) }
        (low, high) = (max(low, 0), min(high, Double(width - 1)))
        if low == high { high += 0.001 }
        return wavelengths.enumerated().map { index, wavelength in
            let ramp = min(max((Float(index) - Float(low)) / Float(high - low), 0), 1)
            let kept = 1 - ramp
            return 1 / (Float(factor) * wavelength) * (1 - kept) + 1 / wavelength * kept
        }
    }
}
