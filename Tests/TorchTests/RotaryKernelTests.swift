import TestSupport
import Testing
import Torch

/// The fused rotation against libtorch's operations, which float64 takes.
@Suite struct RotaryKernelTests {
    /// Heads `[T, H, D]` and a rotation of their first R channels.
    private struct Case {
        let heads: Tensor
        let rotation: (Tensor) -> Tensor

        init(_ shape: [Int], rotated: Int) {
            heads = .normal(deviation: 1, seed: 1, shape: shape, dtype: .float32)
            let angles = Tensor.normal(
                deviation: 3, seed: 2, shape: [shape[0], 1, rotated / 2], dtype: .float32)
            let (cosine, sine) = (angles.cosine(), angles.sine())
            let cosines = Tensor.concatenate([cosine, cosine], axis: -1)
            let sines = Tensor.concatenate([-sine, sine], axis: -1)
            rotation = { $0.rotated(cosine: cosines.to($0.dtype), sine: sines.to($0.dtype)) }
        }
    }

    @Test(arguments: [
        ([5, 1, 2], 2), ([3, 4, 6], 6), ([9, 3, 17], 10), ([4, 2, 64], 64), ([7, 5, 64], 32),
        ([2, 1, 1024], 1024), ([1, 3, 3], 0), ([0, 2, 8], 8),
    ])
    func anyWidthAgreesWithThePlainFormula(shape: [Int], rotated: Int) {
        let example = Case(shape, rotated: rotated)
        let exact = Differentiated([example.heads], in: .float64) { example.rotation($0[0]) }
        let ours = Differentiated([example.heads]) { example.rotation($0[0]) }
        #expect(ours.error(from: exact) < 1e-6)
    }

    @Test func headsOfAFusedProductAgreeWithThePlainFormula() {
        let example = Case([9, 8, 16], rotated: 12)
        for (start, count) in [(0, 4), (4, 3), (7, 1)] {
            let formula = { (parts: [Tensor]) in
                example.rotation(parts[0].narrowed(1, from: start, count: count))
            }
            let exact = Differentiated([example.heads], in: .float64, formula)
            #expect(Differentiated([example.heads], formula).error(from: exact) < 1e-6)
        }
    }

    @Test func recordingAndOtherTokensChangeNoBit() {
        let example = Case([30, 8, 64], rotated: 64)
        let all = Differentiated([example.heads]) { example.rotation($0[0]) }
        #expect(withoutGradients { example.rotation(example.heads).doubles } == all.value)
        let first = Case([1, 8, 64], rotated: 64)
        let alone = first.heads.rotated(
            cosine: .full(1, shape: [1, 1, 64]), sine: .zeros([1, 1, 64]))
        #expect(alone.floats == first.heads.floats)
    }

    @Test func anglesOfAnotherShapeTrapWithAMessage() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent])
        {
            let angles = Tensor.zeros([2, 1, 4])
            _ = Tensor.zeros([3, 2, 4]).rotated(cosine: angles, sine: angles)
        }
        let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(text.contains("rotary: heads [3, 2, 4] do not fit angles [2, 1, 4]"))
    }
}
