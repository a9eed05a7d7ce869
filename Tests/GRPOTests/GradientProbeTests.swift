import Foundation
import LanguageModels
import Rewards
import TestSupport
import Testing
import Torch

@testable import GRPO

@Suite struct GradientProbeTests {
    @Test func theLinesOfCodeAreCounted() throws {
        let sources = Fixtures.folder.deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Sources")
        for code in [StepCode.grpo, .ppo] {
            let lines = try code.files.flatMap {
                try String(contentsOf: sources.appending(path: $0), encoding: .utf8)
                    .split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
            }
            #expect(lines.count { !$0.isEmpty && !$0.hasPrefix("//") } == code.lines)
        }
    }

    /// Gradients (1, 0), (0, 1) and (2, 1) against references of (1, 0) each.
    @Test func statisticsFollowFromInnerProducts() {
        let products = GradientProducts(
            count: 3, own: [1, 0, 2, 0, 1, 1, 2, 1, 5], cross: [1, 1, 1, 0, 0, 0, 2, 2, 2],
            reference: [Double](repeating: 1, count: 9))
        let rows = [0, 1, 2]
        // Mean (1, 2/3); squared distances 4/9, 1 + 1/9, 1 + 1/9.
        #expect(abs(products.variance(rows) - (4.0 / 9 + 20.0 / 9) / 2) < 1e-12)
        #expect(abs(products.relativeVariance(rows) - products.variance(rows)) < 1e-12)
        #expect(abs(products.cosine(rows) - 1 / (1 + 4.0 / 9).squareRoot()) < 1e-12)
    }

    @Test func thePromptGradientsAddUpToTheGradientOfAll() async throws {
        let model = try Fixtures.model("qwen2-tiny")
        for parameter in model.decoder.parameters { parameter.value.requiringGradient() }
        let prompts = ["A", "7", "LONG PROMPT"].map { Prompt($0, model: model) }
        let groups = try await score(
            model.rollouts(
                of: prompts, groupSize: 3, settings: GenerationSettings(maxNewTokens: 4), seed: 1,
                step: 0), with: [Reward("length") { Double($0.completion.count) }])
        let ones = groups.map { group in
            group.group.rollouts.map { $0.completion.tokens.map { _ in 1.0 } }
        }
        let rows = PromptGradients(model: model, groups: groups).matrix(ones).sum(0).floats
        let packed = PackedSequences(
            groups.map {
                TokenGroup(
                    prompt: $0.group.prompt.tokens,
                    completions: $0.group.rollouts.map(\.completion.tokens))
            }, device: .cpu)
        (model.tokenStatistics(packed, temperature: 1).logProbabilities.sum() / 3).backward()
        let whole = model.decoder.parameters.flatMap { $0.value.gradient?.floats ?? [] }
        #expect(largestDifference(rows, whole) < 1e-4)
        let probe = PromptGradients(model: model, groups: groups)
        #expect(abs(probe.cosine(probe.matrix(ones), probe.matrix(ones)) - 1) < 1e-6)
    }

    @Test func aBootstrapHoldsTheMean() {
        let values = (0..<50).map(Double.init)
        let interval = Bootstrap(count: 50, seed: 1).interval { rows in
            rows.reduce(0) { $0 + values[$1] } / Double(rows.count)
        }
        #expect(interval.value == 24.5)
        let ends = interval.ends ?? 0...0
        #expect(ends.contains(24.5) && ends.lowerBound > 18 && ends.upperBound < 31)
    }
}
