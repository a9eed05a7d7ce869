import Foundation
import Testing
import Torch

@testable import NeuralNetwork

@Suite struct LearningRateScheduleTests {
    private func rates(_ shape: LearningRateSchedule.Shape) -> [Double] {
        let schedule = LearningRateSchedule(
            peak: 1, shape: shape, warmUpSteps: 2, totalSteps: 6)
        return (0..<6).map { schedule.rate(at: $0) }
    }

    @Test func theWarmUpEndsAtThePeakAndTheRestFallsToZero() {
        #expect(rates(.constant) == [0.5, 1, 1, 1, 1, 1])
        #expect(rates(.linear) == [0.5, 1, 1, 0.75, 0.5, 0.25])
        let cosine = rates(.cosine)
        #expect(cosine[..<3] == [0.5, 1, 1])
        #expect(abs(cosine[4] - 0.5) < 1e-12)
    }
}

@Suite struct AdamWTests {
    /// Three steps of the published rule, written out.
    @Test func theFusedUpdateIsThePublishedRule() {
        var settings = AdamW.Settings()
        settings.weightDecay = 0.1
        let value = Tensor([1.0, -2.0])
        let optimizer = AdamW([Parameter(name: "w", value: value)], settings: settings)
        var (expected, first, second) = ([1.0, -2.0], [0.0, 0.0], [0.0, 0.0])
        for step in 1...3 {
            (value * value * value).sum().backward()
            optimizer.step(learningRate: 0.01)
            optimizer.clearGradients()
            for i in 0..<2 {
                let gradient = 3 * expected[i] * expected[i]
                first[i] = 0.9 * first[i] + 0.1 * gradient
                second[i] = 0.999 * second[i] + 0.001 * gradient * gradient
                let (m, v) = (
                    first[i] / (1 - pow(0.9, Double(step))),
                    second[i] / (1 - pow(0.999, Double(step)))
                )
                expected[i] -= 0.01 * (0.1 * expected[i] + m / (v.squareRoot() + 1e-8))
            }
        }
        let found = value.detached().doubles
        for (found, expected) in zip(found, expected) { #expect(abs(found - expected) < 1e-12) }
    }

    @Test func clippingScalesAllGradientsTogether() {
        let (a, b) = (Tensor([0.0]), Tensor([0.0]))
        let optimizer = AdamW([Parameter(name: "a", value: a), Parameter(name: "b", value: b)])
        (a * 3 + b * 4).sum().backward()
        #expect(abs(optimizer.clipGradients(toNorm: 1) - 5) < 1e-12)
        #expect(abs((a.gradient?.item ?? 0) - 0.6) < 1e-12)
        #expect(abs(optimizer.clipGradients(toNorm: 10) - 1) < 1e-12)
        #expect(abs((b.gradient?.item ?? 0) - 0.8) < 1e-12)
    }
}
