import Testing
import Torch

@Suite struct RecomputationTests {
    private func gradients(_ pass: (Tensor, Tensor) -> Tensor) -> [[Double]?] {
        let x = Tensor([0.3, -1.2, 2]).requiringGradient()
        let w = Tensor([1.5, 0.2, -0.7]).requiringGradient()
        let result = pass(x, w)
        (result * result).sum().backward()
        return [result.detached().doubles, x.gradient?.doubles, w.gradient?.doubles]
    }

    @Test func theNumbersAreThoseOfThePlainCall() {
        var calls = 0
        let plain = gradients { x, w in ((x * w).sine() * w).exponential() }
        let recomputed = gradients { x, w in
            x.recomputed { x in
                calls += 1
                return ((x * w).sine() * w).exponential()
            }
        }
        #expect(recomputed == plain)
        #expect(calls == 2, "forward, and again for the gradient")
    }

    @Test func anInputWithoutAGradientStillLeadsToTheParameters() {
        let w = Tensor([2.0]).requiringGradient()
        Tensor([3.0]).recomputed { $0 * w }.sum().backward()
        #expect(w.gradient?.doubles == [3])
    }

    @Test func withoutGradientsItIsThePlainCallAndTheFunctionIsLetGo() {
        final class Witness {}
        weak var witness: Witness?
        withoutGradients {
            let held = Witness()
            witness = held
            let result = Tensor([3.0]).recomputed { [held] input in
                withExtendedLifetime(held) { input * 2 }
            }
            #expect(result.doubles == [6] && !result.requiresGradient)
        }
        #expect(witness == nil)
    }
}
