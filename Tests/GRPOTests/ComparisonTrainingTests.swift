import Foundation
import LanguageModels
import TestSupport
import Testing

@testable import GRPO

@Suite struct ComparisonTrainingTests {
    private func withSettings(
        _ body: (ComparisonSettings) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "swift-grpo-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try LanguageModel(random: DecoderConfiguration(.nano), seed: 0)
            .save(to: folder.appending(path: "model"))
        let rows = (0..<8).map { "{\"prompt\": \"\($0)=\", \"answer\": \"\($0)\"}\n" }
        let data = folder.appending(path: "data.jsonl")
        try Data(rows.joined().utf8).write(to: data)
        var settings = ComparisonSettings(
            model: folder.appending(path: "model").path, train: data.path, test: data.path,
            tokenBudget: 60, secondsBudget: 0.01)
        (settings.promptsPerStep, settings.groupSize, settings.maxNewTokens) = (2, 4, 3)
        (settings.evaluationPrompts, settings.evaluateEvery) = (4, 2)
        try await body(settings)
    }

    @Test(arguments: Comparison.Algorithm.allCases)
    func aTrainingGoesToBothBudgets(algorithm: Comparison.Algorithm) async throws {
        try await withSettings { settings in
            let outcome = try await ComparisonTraining(algorithm, seed: 1, settings: settings).run()
            let runs = outcome.runs
            #expect(runs.map(\.budget) == [.tokens, .seconds])
            #expect(runs[0].points.count >= 2)
            #expect(runs[0].points.allSatisfy { $0.tokens <= 60 })
            #expect(runs[1].points.allSatisfy { $0.seconds <= 0.01 })
            #expect(runs[0].points[0].accuracy?.trials == 4)
            let isPPO = algorithm == .ppoSeparate || algorithm == .ppoShared
            #expect((outcome.cost.stageSeconds[.values] != nil) == isPPO)
            #expect((outcome.cost.valueParameters ?? -1 > 0) == isPPO)
            #expect(outcome.cost.memory[.weights] == 476_160 * 4)
            // What another process wrote is what this one reads.
            let copy = try JSONDecoder().decode(
                ComparisonTraining.Outcome.self, from: JSONEncoder().encode(outcome))
            #expect(copy.runs == runs)
        }
    }

    @Test func theProbeMeasuresEveryBaseline() async throws {
        try await withSettings { settings in
            var settings = settings
            settings.evaluationPrompts = 8
            var probe = GradientProbe(settings: settings, seed: 1)
            (probe.prompts, probe.monteCarloSamples, probe.valueSteps) = (4, 4, 2)
            let outcome = try await probe.run()
            #expect(Set(outcome.baselines.keys) == Set(Comparison.Baseline.allCases))
            #expect(outcome.baselines.values.allSatisfy { $0.prompts == 4 })
            #expect(outcome.prices.contains { $0.completions == 1 && $0.secondsPerPrompt > 0 })
        }
    }
}
