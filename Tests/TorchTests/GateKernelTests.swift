import TestSupport
import Testing
import Torch

/// The fused gate of a feed-forward network against libtorch's operations, which float64 takes.
@Suite struct GateKernelTests {
    private static let activations: [Tensor.Activation] = [.silu, .geluTanh]

    private func inputs(_ shape: [Int], deviation: Double = 3) -> [Tensor] {
        (1...2).map {
            .normal(deviation: deviation, seed: UInt64($0), shape: shape, dtype: .float32)
        }
    }

    @Test(arguments: [1, 3, 17, 64, 1024], activations)
    func anyWidthAgreesWithThePlainFormula(width: Int, activation: Tensor.Activation) {
        for shape in [[5, width], [2, 3, width], [width]] {
            let parts = inputs(shape)
            let exact = Differentiated(parts, in: .float64) { parts in
                (activation == .silu ? parts[0].silu() : parts[0].geluTanh()) * parts[1]
            }
            let ours = Differentiated(parts) { $0[0].gated(activation, up: $0[1]) }
            #expect(ours.error(from: exact) < 1e-6, "\(shape)")
        }
    }

    @Test(arguments: [1, 3, 64], activations)
    func halvesOfOneTensorAreGateAndUp(width: Int, activation: Tensor.Activation) {
        let fused = Tensor.normal(deviation: 2, seed: 4, shape: [7, 2 * width], dtype: .float32)
        let halves = { (parts: [Tensor]) in
            parts[0].narrowed(-1, from: 0, count: width)
                .gated(activation, up: parts[0].narrowed(-1, from: width, count: width))
        }
        let whole = Differentiated([fused]) { $0[0].gatedHalves(activation) }
        let parts = Differentiated([fused], halves)
        #expect(whole.value == parts.value)
        #expect(whole.gradients == parts.gradients)
        let exact = Differentiated([fused], in: .float64) { $0[0].gatedHalves(activation) }
        #expect(whole.error(from: exact) < 1e-6)
    }

    @Test(arguments: activations)
    func aRowDoesNotDependOnTheOthers(activation: Tensor.Activation) {
        let parts = inputs([33, 67])
        let all = Differentiated(parts) { $0[0].gated(activation, up: $0[1]) }
        let alone = parts.map { $0.narrowed(0, from: 13, count: 1) }
        let row = (13 * 67)..<(14 * 67)
        #expect(alone[0].gated(activation, up: alone[1]).doubles == Array(all.value[row]))
    }

    @Test(arguments: activations)
    func aLinearLayerOfTheProductAgreesWithoutKeepingIt(activation: Tensor.Activation) {
        let weight = Tensor.normal(deviation: 1, seed: 9, shape: [5, 31], dtype: .float32)
        let parts = inputs([23, 31]) + [weight]
        let kept = { (parts: [Tensor]) in
            parts[0].gated(activation, up: parts[1]).linear(parts[2])
        }
        let again = { (parts: [Tensor]) in
            GatedProduct(gate: parts[0], up: parts[1], activation).linear(parts[2])
        }
        let (ours, plain) = (Differentiated(parts, again), Differentiated(parts, kept))
        #expect(ours.value == plain.value)
        #expect(ours.error(from: plain) < 1e-5)
        let exact = Differentiated(parts, in: .float64, again)
        #expect(ours.error(from: exact) < 1e-5)
        let fused = [
            Tensor.normal(deviation: 2, seed: 4, shape: [7, 62], dtype: .float32), weight,
        ]
        let halves = { (parts: [Tensor]) in
            GatedProduct(gate: parts[0], up: nil, activation).linear(parts[1])
        }
        let whole = Differentiated(fused) { $0[0].gatedHalves(activation).linear($0[1]) }
        #expect(Differentiated(fused, halves).error(from: whole) < 1e-5)
    }

    @Test(arguments: activations)
    func extremeGatesAreFinite(activation: Tensor.Activation) {
        let gate = Tensor([-1e4, -100, -88, -20, -1e-20, 0, 1e-20, 20, 88, 100, 1e4]).to(.float32)
        let formula = { (parts: [Tensor]) in
            parts[0].gated(activation, up: Tensor.full(1, shape: [11]).to(parts[0].dtype))
        }
        let (ours, exact) = (
            Differentiated([gate], formula), Differentiated([gate], in: .float64, formula)
        )
        for (ours, exact) in zip(
            ours.value + ours.gradients[0], exact.value + exact.gradients[0])
        {
            #expect(abs(ours - exact) <= 1e-6 * abs(exact) + 1e-12)
        }
    }
}
