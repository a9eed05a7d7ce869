import TestSupport
import Testing
import Torch

/// The fused RMS norm against libtorch's operations, which float64 takes.
@Suite struct NormKernelTests {
    private let norm = { (parts: [Tensor]) in parts[0].rmsNorm(parts[1], epsilon: 1e-6) }

    private func inputs(_ shape: [Int]) -> [Tensor] {
        [
            .normal(deviation: 2, seed: 1, shape: shape, dtype: .float32),
            .normal(deviation: 1, seed: 2, shape: [shape.last ?? 1], dtype: .float32),
        ]
    }

    /// x / √(x² + ε) · w has almost no slope in x: both terms of the gradient are nearly equal.
    @Test func oneChannelAgreesWithThePlainFormula() {
        let parts = [Tensor([0.5, -3, 2], shape: [3, 1]), Tensor([1.25])].map { $0.to(.float32) }
        let (exact, ours) = (
            Differentiated(parts, in: .float64, norm), Differentiated(parts, norm)
        )
        #expect(largestDifference(ours.value, exact.value) < 1e-6)
        #expect(largestDifference(ours.gradients[0], exact.gradients[0]) < 1e-5)
        #expect(largestDifference(ours.gradients[1], exact.gradients[1]) < 1e-6)
    }

    @Test(arguments: [3, 17, 64, 1024])
    func anyWidthAgreesWithThePlainFormula(width: Int) {
        for shape in [[5, width], [300, width], [2, 3, width], [width]] {
            let parts = inputs(shape)
            let exact = Differentiated(parts, in: .float64, norm)
            #expect(Differentiated(parts, norm).error(from: exact) < 1e-6, "\(shape)")
        }
    }

    @Test func headsOfAFusedProductAgreeWithThePlainFormula() {
        let parts = [
            Tensor.normal(deviation: 1, seed: 1, shape: [9, 8, 16], dtype: .float32),
            Tensor.normal(deviation: 1, seed: 2, shape: [16], dtype: .float32),
        ]
        for (axis, start, count) in [(1, 4, 2), (1, 0, 1), (0, 2, 3), (2, 0, 16)] {
            let formula = { (parts: [Tensor]) in
                norm([parts[0].narrowed(axis, from: start, count: count), parts[1]])
            }
            let exact = Differentiated(parts, in: .float64, formula)
            #expect(Differentiated(parts, formula).error(from: exact) < 1e-6)
        }
        let transposed = { (parts: [Tensor]) in norm([parts[0].transposed(0, 1), parts[1]]) }
        let turned = { (parts: [Tensor]) in
            norm([parts[0].transposed(0, 2).reshaped([16, 8, 9]).transposed(0, 2), parts[1]])
        }
        for formula in [transposed, turned] {
            let exact = Differentiated(parts, in: .float64, formula)
            #expect(Differentiated(parts, formula).error(from: exact) < 1e-6)
        }
    }

    @Test func aFrozenWeightGetsNoGradientAndChangesNone() {
        let parts = inputs([40, 17])
        let both = Differentiated(parts, norm)
        let frozen = Differentiated([parts[0]]) { norm([$0[0], parts[1]]) }
        #expect(frozen.value == both.value)
        #expect(
            largestDifference(frozen.gradients[0], both.gradients[0]) < 1e-5)
    }

    @Test func aRowDoesNotDependOnTheOthers() {
        let parts = inputs([33, 67])
        let all = norm(parts)
        for row in [0, 13, 32] {
            let alone = norm([parts[0].narrowed(0, from: row, count: 1), parts[1]])
            #expect(alone.floats == all.narrowed(0, from: row, count: 1).floats)
        }
    }

    @Test func recordingAGradientChangesNoBit() {
        let parts = inputs([33, 67])
        #expect(withoutGradients { norm(parts).doubles } == Differentiated(parts, norm).value)
    }

    @Test func zerosLargeNumbersAndNoRowsAreFine() {
        let weight = Tensor.normal(deviation: 1, seed: 2, shape: [24], dtype: .float32)
        let zeros = Differentiated([.zeros([2, 24]), weight], norm)
        #expect(zeros.value.allSatisfy { $0 == 0 })
        let exact = Differentiated([.zeros([2, 24]), weight], in: .float64, norm)
        #expect(zeros.error(from: exact) < 1e-6)
        let large = [
            Tensor.normal(deviation: 1e9, seed: 3, shape: [2, 24], dtype: .float32), weight,
        ]
        let exactOfLarge = Differentiated(large, in: .float64, norm)
        #expect(Differentiated(large, norm).error(from: exactOfLarge) < 1e-6)
        let empty = Differentiated([.zeros([0, 24]), weight], norm)
        #expect(empty.value.isEmpty && empty.gradients[1] == [Double](repeating: 0, count: 24))
    }
}
