import TestSupport
import Testing
import Torch

/// The output layer's kernel against libtorch's operations, which float64 takes.
@Suite struct OutputKernelTests {
    /// Numbers of few bits: their product is exact in float32 too.
    private func inputs(_ rows: Int, _ vocabulary: Int) -> [Tensor] {
        [(rows, 37), (vocabulary, 53)].map { rows, step in
            let numbers: [Double] = (0..<rows * 8).map { place in
                let number: Int = (place * place) % step % 33 - 16
                return Double(number) / 8
            }
            return Tensor(numbers, shape: [rows, 8]).to(.float32)
        }
    }

    private func statistics(
        _ rows: Int, _ vocabulary: Int, temperature: Double = 0.7, cap: Double? = nil,
        chunk: Int = 100
    ) -> ([Tensor]) -> Tensor {
        let targets = Tensor((0..<rows).map { ($0 * 7 + 2) % vocabulary })
        return {
            $0[0].tokenLogProbabilities(
                weight: $0[1], targets: targets, temperature: temperature, cap: cap,
                chunkRows: chunk)
        }
    }

    /// The same by libtorch's operations in any type.
    private func plain(_ rows: Int, _ vocabulary: Int, cap: Double?) -> ([Tensor]) -> Tensor {
        let targets = Tensor((0..<rows).map { ($0 * 7 + 2) % vocabulary }, shape: [rows, 1])
        return { parts in
            var logits = parts[0].linear(parts[1])
            if let cap { logits = (logits / cap).hyperbolicTangent() * cap }
            let logP = (logits / 0.7).logSoftmax()
            let entropies = -(logP.exponential() * logP).sum(1)
            return .concatenate([
                logP.gathered(targets).reshaped([1, rows]), entropies.reshaped([1, rows]),
            ])
        }
    }

    /// Where terms cancel, to a few times what libtorch's operations lose in float32.
    @Test(arguments: [1, 3, 17, 64, 1024, 9001], [nil, 2.5])
    func anyVocabularyAgreesWithThePlainFormula(vocabulary: Int, cap: Double?) {
        let parts = inputs(7, vocabulary)
        let exact = Differentiated(parts, in: .float64, plain(7, vocabulary, cap: cap))
        let usual = Differentiated(parts, plain(7, vocabulary, cap: cap)).error(from: exact)
        let ours = Differentiated(parts, statistics(7, vocabulary, cap: cap)).error(from: exact)
        #expect(ours < max(2e-6, 3 * usual))
    }

    /// More than one block of rows and of words; the largest logit of a row may be in any of them.
    @Test func blocksAgreeWithThePlainFormula() {
        let parts = [(700, UInt64(1)), (4500, 2)].map { rows, seed in
            Tensor.normal(deviation: 2, seed: seed, shape: [rows, 16], dtype: .float32)
        }
        let exact = Differentiated(parts, in: .float64, plain(700, 4500, cap: nil))
        #expect(Differentiated(parts, statistics(700, 4500)).error(from: exact) < 2e-6)
    }

    @Test func chunksAndRecordingChangeNoValue() {
        let parts = inputs(40, 33)
        let whole = Differentiated(parts, statistics(40, 33))
        let chunked = Differentiated(parts, statistics(40, 33, chunk: 7))
        #expect(chunked.error(from: whole) < 1e-6)
        let unrecorded = withoutGradients { statistics(40, 33)(parts).doubles }
        #expect(unrecorded == whole.value)
    }

    /// Logits of ±1e4 and more, most of whose probabilities are 0 in float32.
    @Test func hugeLogitsAreExactAndFinite() {
        let rows = Tensor([1e4, -1e4, 0, 3, 1, 2, 0, 0.5], shape: [4, 2]).to(.float32)
        let table = Tensor([1, 0, 0, 1, -2, 1, 0.5, 0.5, 3, -1], shape: [5, 2]).to(.float32)
        let formula = statistics(4, 5, temperature: 1)
        let exact = Differentiated([rows, table], in: .float64, formula)
        let ours = Differentiated([rows, table], formula)
        #expect((ours.value + ours.gradients.flatMap(\.self)).allSatisfy { $0.isFinite })
        #expect(ours.error(from: exact) < 1e-6)
    }

    @Test func aFrozenOutputLayerGetsNoGradient() {
        let parts = inputs(9, 31)
        let both = Differentiated(parts, statistics(9, 31))
        let frozen = Differentiated([parts[0]]) { statistics(9, 31)([$0[0], parts[1]]) }
        #expect(frozen.value == both.value)
        #expect(frozen.gradients[0] == both.gradients[0])
    }

    @Test func aTargetThatIsNoWordTrapsWithAMessage() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent])
        {
            _ = Tensor.zeros([1, 2]).tokenLogProbabilities(
                weight: .zeros([3, 2]), targets: Tensor([3]), temperature: 1, chunkRows: 1)
        }
        let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(text.contains("target 3 of row 0 is none of 3 words"))
    }
}
