import TestSupport
import Testing
import Torch

/// In processes of their own: the count of threads is the process's.
@Suite struct KernelThreadTests {
    @Test func oneAndTwoThreadsGiveEqualBits() async {
        await #expect(processExitsWith: .success) {
            let normal = { (seed: UInt64, shape: [Int]) in
                Tensor.normal(deviation: 1, seed: seed, shape: shape, dtype: .float32)
            }
            let states = normal(1, [900, 129])
            let angles = normal(3, [900, 1, 32])
            let targets = Tensor((0..<900).map { $0 % 300 })
            let formulas: [(String, [Tensor], ([Tensor]) -> Tensor)] = [
                (
                    "rmsNorm", [states, normal(2, [129])],
                    { $0[0].rmsNorm($0[1], epsilon: 1e-6) }
                ),
                ("gated", [states, normal(2, [900, 129])], { $0[0].gated(.silu, up: $0[1]) }),
                ("gatedHalves", [normal(2, [900, 130])], { $0[0].gatedHalves(.geluTanh) }),
                (
                    "rotated", [normal(2, [900, 4, 32])],
                    { $0[0].rotated(cosine: angles.cosine(), sine: angles.sine()) }
                ),
                (
                    // Width 1: no order of sums in the product. That of its gradients is MKL's.
                    "tokenLogProbabilities", [normal(2, [900, 1]), normal(4, [300, 1])],
                    {
                        $0[0].tokenLogProbabilities(
                            weight: $0[1], targets: targets, temperature: 0.9, cap: 5,
                            chunkRows: 700)
                    }
                ),
            ]
            for (name, inputs, formula) in formulas {
                let results = [1, 2].map { threads in
                    Library.threadCount = threads
                    return withoutGradients { formula(inputs).doubles }
                }
                require(results[0] == results[1], "\(name): the value depends on threads")
                guard name != "tokenLogProbabilities" else { continue }
                let gradients = [1, 2].map { threads in
                    Library.threadCount = threads
                    return Differentiated(inputs, formula).gradients
                }
                require(gradients[0] == gradients[1], "\(name): a gradient depends on threads")
            }
        }
    }
}
