public import Torch

/// A trainable tensor and its name in the checkpoint.
public struct Parameter {
    /// The name in the checkpoint, such as `model.layers.0.self_attn.q_proj.weight`.
    public let name: String
    /// The values; the optimizer changes them in place.
    public let value: Tensor
}

/// Where the parameters of a network come from: a checkpoint, or random numbers.
///
/// A layer asks for each of its tensors by name and shape as it is made, so the names stand beside
/// the properties, and a missing or mismatching tensor is found by name.
public struct ParameterSource {
    /// The values of a new parameter.
    public enum Initial: Sendable {
        case normal(deviation: Double)
        case uniform(bound: Double)
        case zeros
        case ones
    }

    private let make: (_ name: String, _ shape: [Int], _ initial: Initial) throws -> Tensor
    /// What the linear layers add to their product, if anything.
    public private(set) var adapter: LowRankAdapter?

    /// A source that makes or finds each tensor with this closure.
    public init(_ make: @escaping (String, [Int], Initial) throws -> Tensor) { self.make = make }

    /// The parameter of that name.
    public func parameter(
        _ name: String, shape: [Int], initial: Initial
    ) throws -> Parameter {
        Parameter(name: name, value: try make(name, shape, initial))
    }

    /// This source for a network whose linear layers have an adapter.
    public func adapted(by adapter: LowRankAdapter?) -> ParameterSource {
        var source = self
        source.adapter = adapter
        return source
    }

    /// New values drawn from generators that depend on the seed and the order of the requests.
    public static func random(
        seed: UInt64, dtype: DType = .float32, device: Device = .cpu
    ) -> ParameterSource {
        var count: UInt64 = 0
        return ParameterSource { _, shape, initial in
            count += 1
            switch initial {
            case .zeros: return .zeros(shape, dtype: dtype, device: device)
            case .ones: return .full(1, shape: shape, dtype: dtype, device: device)
            case .normal(let deviation):
                var stream = RandomStream(seed, count)
                return Tensor.normal(deviation: deviation, seed: stream.next(), shape: shape)
                    .to(dtype, device: device)
            case .uniform(let bound):
                var stream = RandomStream(seed, count)
                return Tensor.uniform(-bound, bound, seed: stream.next(), shape: shape)
                    .to(dtype, device: device)
            }
        }
    }
}
