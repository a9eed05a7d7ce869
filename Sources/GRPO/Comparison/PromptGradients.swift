import LanguageModels
import NeuralNetwork
import Torch

/// The policy gradient of each prompt of a set of rollouts.
struct PromptGradients {
    let model: LanguageModel
    let groups: [ScoredGroup]

    /// The gradients of all prompts, `[prompts, weights]`.
    ///
    /// - Parameter advantages: of each token of each completion of each group.
    /// - Returns: a row a prompt.
    func matrix(_ advantages: [[[Double]]]) -> Tensor {
        let rows = zip(groups, advantages).map { group, advantages in
            gradient(of: group, advantages)
        }
        return withoutGradients { Tensor.concatenate(rows) }
    }

    private func gradient(of group: ScoredGroup, _ advantages: [[Double]]) -> Tensor {
        let packed = PackedSequences(
            [
                TokenGroup(
                    prompt: group.group.prompt.tokens,
                    completions: group.group.rollouts.map(\.completion.tokens))
            ], device: model.decoder.device)
        let now = model.tokenStatistics(packed, temperature: 1)
        let weights = Tensor(advantages.flatMap { $0 })
            .to(now.logProbabilities.dtype, device: model.decoder.device)
        ((now.logProbabilities * weights).sum() / Double(advantages.count)).backward()
        return withoutGradients {
            let parts = model.decoder.parameters.map { parameter in
                let gradient = parameter.value.gradient ?? parameter.value.zerosLike()
                return gradient.reshaped([1, gradient.count]).to(.float32)
            }
            let row = Tensor.concatenate(parts, axis: 1)
            for parameter in model.decoder.parameters { parameter.value.clearGradient() }
            return row
        }
    }

    /// The inner products of gradients with each other and with those of the reference.
    func products(_ matrix: Tensor, _ reference: Tensor) -> GradientProducts {
        withoutGradients {
            GradientProducts(
                count: groups.count,
                own: matrix.matmul(matrix.transposed(0, 1)).doubles,
                cross: matrix.matmul(reference.transposed(0, 1)).doubles,
                reference: reference.matmul(reference.transposed(0, 1)).doubles)
        }
    }

    /// The cosine of the sums of two sets of gradients.
    func cosine(_ left: Tensor, _ right: Tensor) -> Double {
        withoutGradients {
            let (left, right) = (left.sum(0), right.sum(0))
            let norms = (left * left).sum().item * (right * right).sum().item
            return norms > 0 ? (left * right).sum().item / norms.squareRoot() : .nan
        }
    }
}

/// Inner products of the gradients of prompts, from which every statistic follows.
struct GradientProducts {
    let count: Int
    /// ⟨gᵢ, gⱼ⟩
    let own: [Double]
    /// ⟨gᵢ, rⱼ⟩, with the reference's gradients r.
    let cross: [Double]
    /// ⟨rᵢ, rⱼ⟩
    let reference: [Double]

    /// Σᵢⱼ of a matrix over a choice of rows, with repetitions.
    private func sum(_ matrix: [Double], _ rows: [Int]) -> Double {
        rows.reduce(0) { sum, row in sum + rows.reduce(0) { $0 + matrix[row * count + $1] } }
    }

    private func trace(_ rows: [Int]) -> Double {
        rows.reduce(0) { $0 + own[$1 * count + $1] }
    }

    /// The variance of a prompt's gradient: E‖g − ḡ‖², divisor n − 1.
    func variance(_ rows: [Int]) -> Double {
        let n = Double(rows.count)
        return (trace(rows) - sum(own, rows) / n) / (n - 1)
    }

    /// The variance over the squared norm of the mean gradient, that of the reference: every
    /// baseline estimates the same mean, and the reference does so with the least noise.
    func relativeVariance(_ rows: [Int]) -> Double {
        let n = Double(rows.count)
        let norm = sum(reference, rows) / (n * n)
        return norm > 0 ? variance(rows) / norm : .nan
    }

    /// The cosine of the mean gradient to that of the reference.
    func cosine(_ rows: [Int]) -> Double {
        let norms = sum(own, rows) * sum(reference, rows)
        return norms > 0 ? sum(cross, rows) / norms.squareRoot() : .nan
    }
}

/// Intervals by resampling prompts (Efron 1979), the percentile method.
struct Bootstrap {
    let count: Int
    let seed: UInt64

    /// A statistic of all rows, and where 95 % of its resampled values lie.
    func interval(_ statistic: ([Int]) -> Double) -> Interval {
        var stream = RandomStream(seed, 0x626f_6f74)
        let values = (0..<400).map { _ in
            statistic((0..<count).map { _ in Int.random(in: 0..<count, using: &stream) })
        }.filter(\.isFinite).sorted()
        let value = statistic(Array(0..<count))
        guard values.count >= 100 else { return Interval(value) }
        let place = { (share: Double) in values[Int(share * Double(values.count - 1))] }
        return Interval(value, lower: place(0.025), upper: place(0.975))
    }
}
