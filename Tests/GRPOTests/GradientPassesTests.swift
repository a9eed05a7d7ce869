import LanguageModels
import NeuralNetwork
import TestSupport
import Testing
import Torch

@testable import GRPO

@Suite struct GradientPassesTests {
    private func gradients(width: Int) throws -> (results: [Int], gradients: [Double]) {
        let model = try Fixtures.model("qwen2-tiny")
        for parameter in model.decoder.parameters { parameter.value.requiringGradient() }
        let batches = (0..<5).map { [$0 + 1, 2 * $0 + 3, 7] }
        let results = try GradientPasses(model.decoder, width: width).run(batches) {
            index, tokens in
            let logits = model.decoder.logits(tokens)
            return ((logits * logits).sum() / Double(index + 1), index)
        }
        return (results, model.decoder.parameters.flatMap { $0.value.gradient?.doubles ?? [] })
    }

    @Test(arguments: [2, 3, 8])
    func passesSideBySideAddUpToThoseOneByOne(width: Int) throws {
        let (one, several) = (try gradients(width: 1), try gradients(width: width))
        #expect(several.results == [0, 1, 2, 3, 4])
        #expect(one.gradients.contains { abs($0) > 1e-3 })
        #expect(one.gradients.count == several.gradients.count)
        #expect(largestRelativeDifference(several.gradients, one.gradients, floor: 1) < 1e-4)
    }

    @Test func theSamePassesGiveTheSameBits() throws {
        let (first, second) = (try gradients(width: 2), try gradients(width: 2))
        #expect(first.gradients == second.gradients)
    }

    @Test func passesRecordGradientsAsTheirCallerDoes() {
        let leaf = Tensor.zeros([2]).requiringGradient()
        let recording = Library.sideBySide(3) { _ in (leaf + 1).requiresGradient }
        let silent = withoutGradients {
            Library.sideBySide(3) { _ in (leaf + 1).requiresGradient }
        }
        #expect(recording == [true, true, true])
        #expect(silent == [false, false, false])
    }

    @Test func partsKeepTheOrderAndShareTheWeight() {
        let weights = [5, 1, 1, 1, 5, 1, 1, 1]
        let parts = weights.divided(into: 2) { $0 }
        #expect(parts.flatMap(\.self) == weights)
        #expect(parts.map { $0.reduce(0, +) } == [8, 8])
        #expect([9].divided(into: 4) { $0 } == [[9]])
    }
}
