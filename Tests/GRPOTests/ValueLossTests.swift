import TestSupport
import Testing
import Torch

@testable import GRPO

/// What `Scripts/peers/make-ppo-golden.py` wrote: the formula in plain PyTorch, float64.
private struct ValueLossGolden: Decodable {
    struct Case: Decodable {
        let clip: Double?
        let values: [Double]
        let old: [Double]
        let returns: [Double]
        let loss: Double
        let clipShare: Double
        let gradient: [Double]
    }
    let valueLosses: [Case]
}

@Suite struct ValueLossTests {
    @Test(arguments: 0..<3)
    func lossAndGradientAreThoseOfPlainPyTorch(place: Int) throws {
        let golden = try Fixtures.golden(ValueLossGolden.self, "ppo.json").valueLosses[place]
        let count = Double(golden.values.count)
        let values = Tensor(golden.values).requiringGradient()
        let losses = ValueObjective(clip: golden.clip).tokenLosses(
            values: values, old: Tensor(golden.old), returns: Tensor(golden.returns))
        let loss = losses.loss.sum() / count
        loss.backward()
        #expect(abs(loss.item - golden.loss) < 1e-12)
        let gradient = try #require(values.gradient).doubles
        #expect(largestRelativeDifference(gradient, golden.gradient) < 1e-12)
        let clipped = losses.isClipped?.to(.float64).sum().item ?? 0
        #expect(clipped / count == golden.clipShare)
    }

    @Test func theGradientIsThatOfFiniteDifferences() throws {
        let golden = try Fixtures.golden(ValueLossGolden.self, "ppo.json").valueLosses[1]
        let loss = { (values: Tensor) in
            ValueObjective(clip: 0.2).tokenLosses(
                values: values, old: Tensor(golden.old), returns: Tensor(golden.returns)
            ).loss.sum()
        }
        let values = Tensor(golden.values).requiringGradient()
        loss(values).backward()
        let gradient = try #require(values.gradient).doubles
        for place in golden.values.indices {
            let shifted = [1e-6, -1e-6].map { shift in
                var values = golden.values
                values[place] += shift
                return loss(Tensor(values)).item
            }
            #expect(abs((shifted[0] - shifted[1]) / 2e-6 - gradient[place]) < 1e-8)
        }
    }

    /// The clipped value counts only where it is the worse one.
    @Test func valuesThatMoveTowardsTheReturnTooFarHaveNoGradient() throws {
        let values = Tensor([0.5, -0.5, 0.1]).requiringGradient()
        let losses = ValueObjective(clip: 0.2).tokenLosses(
            values: values, old: Tensor([0.0, 0, 0]), returns: Tensor([1.0, 1, 1]))
        losses.loss.sum().backward()
        #expect(try #require(values.gradient).doubles == [0, -1.5, -0.9])
        #expect(losses.isClipped?.to(.float64).doubles == [1, 0, 0])
    }
}
