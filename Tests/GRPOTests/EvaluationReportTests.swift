import LanguageModels
import Rewards
import TestSupport
import Testing

@testable import GRPO

/// The numbers of an evaluation are those of its outcomes.
@Suite struct EvaluationReportTests {
    private func outcome(_ greedy: Bool?, _ samples: [(Bool?, Int?)]) -> PromptOutcome {
        PromptOutcome(
            greedy: Trial(isSolved: greedy, reward: greedy.map { $0 ? 1 : 0 }, tokens: 4),
            samples: samples.map { solved, answer in
                Trial(
                    isSolved: solved, reward: solved.map { $0 ? 1 : 0 }, tokens: 8,
                    isTruncated: answer == nil, answer: answer)
            })
    }

    @Test func everyNumberIsThatOfTheOutcomes() throws {
        let report = EvaluationReport(
            [
                outcome(true, [(true, 0), (true, 0), (false, 1), (false, nil)]),
                outcome(false, [(false, 0), (false, 0), (false, 1), (true, 2)]),
            ], passAt: [1, 2, 4], majorityAt: [1, 3, 4])
        #expect(report["accuracy/greedy"]?.value == 0.5)
        #expect(report["accuracy/sampled"]?.value == 0.375)
        #expect(report["pass@1"]?.value == 0.375)
        // 1 − C(2,2)/C(4,2) and 1 − C(3,2)/C(4,2).
        func isAt(_ name: String, _ expected: Double) throws -> Bool {
            abs(try #require(report[name]?.value) - expected) < 1e-12
        }
        // 1 − C(2,2)/C(4,2) and 1 − C(3,2)/C(4,2).
        let pass: [Double] = [5.0 / 6, 0.5]
        #expect(try isAt("pass@2", pass.reduce(0, +) / 2))
        #expect(try isAt("pass@4", 1))
        #expect(try isAt("majority@1", 0.375))
        // First prompt: {r,r,w} and {r,r,-} are right, {r,w,-} is a tie, twice.
        // Second: {a,a,b} and {a,a,r} are wrong, of {a,b,r} a third is right, twice.
        let majority: [Double] = [3.0 / 4, 1.0 / 6]
        #expect(try isAt("majority@3", majority.reduce(0, +) / 2))
        #expect(try isAt("majority@4", 0.5))
        #expect(report["completions/mean_length/greedy"]?.value == 4)
        #expect(report["completions/mean_length/sampled"]?.value == 8)
        #expect(report["completions/clipped_ratio/greedy"]?.value == 0)
        #expect(report["completions/clipped_ratio/sampled"]?.value == 0.125)
        #expect(report["reward/sampled"]?.value == 0.375)
        #expect(report.rewardIsAccuracy && report.failed == 0)
    }

    @Test func promptsThatTooFewSamplesWereJudgedOfAreLeftOut() {
        let report = EvaluationReport(
            [
                outcome(nil, [(true, 0), (nil, nil)]), outcome(true, [(false, 0), (true, 1)]),
                outcome(true, [(nil, nil), (nil, nil)]),
            ], passAt: [2])
        #expect(report.failed == 4)
        #expect(report["accuracy/greedy"]?.value == 1)
        #expect(report["accuracy/sampled"]?.value == 0.75)
        #expect(report["pass@2"]?.value == 1)
    }

    @Test func aComparisonPairsThePromptsThatBothHave() throws {
        let comparison = EvaluationComparison(
            EvaluationReport([outcome(true, []), outcome(false, []), outcome(nil, [])]),
            EvaluationReport([outcome(true, []), outcome(true, []), outcome(true, [])]))
        let line = try #require(comparison.lines.first)
        #expect(line.name == "accuracy/greedy" && line.paired.prompts == 2)
        #expect(line.paired.difference.value == 0.5 && line.paired.test == .mcNemar)
        #expect(comparison.json.contains("\"difference_accuracy/greedy/p_value\":1.0"))
    }

    /// A model that stands still: the first of four samples is the only one of one.
    @Test func samplesDoNotDependOnHowManyThereAre() async throws {
        let model = try Fixtures.model("qwen2-tiny")
        let prompts = ["A", "B", "C"].map { Prompt($0, answer: "1", model: model) }
        var settings = EvaluationSettings(
            generation: GenerationSettings(maxNewTokens: 6), samples: 1)
        let rewards = [Reward("bytes") { Double($0.completion.utf8.reduce(0) { $0 + Int($1) }) }]
        let outcomes = { (settings: EvaluationSettings) in
            try await model.outcomes(
                of: prompts, rewards: rewards, settings: settings,
                safeguards: Safeguards(evaluating: settings))
        }
        let one = try await outcomes(settings)
        settings.samples = 4
        let four = try await outcomes(settings)
        #expect(one.map(\.samples[0]) == four.map(\.samples[0]))
        #expect(one.map(\.greedy) == four.map(\.greedy))
    }

    @Test func aVoteWithoutAnswersAndTooManyFailuresAreRefused() async throws {
        struct Broken: Error {}
        let model = try Fixtures.model("qwen2-tiny")
        let prompts = [Prompt("A", model: model)]
        var settings = EvaluationSettings(
            generation: GenerationSettings(maxNewTokens: 2), samples: 2, majorityAt: [2])
        await #expect(throws: EvaluationError.noAnswers(reward: "one")) {
            _ = try await model.evaluate(
                prompts, rewards: [Reward("one") { _ in 1 }], settings: settings)
        }
        settings.majorityAt = []
        await #expect(throws: EvaluationError.self) {
            _ = try await model.evaluate(
                prompts, rewards: [Reward("broken") { _ in throw Broken() }], settings: settings)
        }
    }

    @Test func equalEvaluationsKeepTheEarlierModel() {
        let first = BestEvaluation(step: 1, metric: "accuracy/greedy", value: 0.5)
        #expect(first.isBetter(than: nil))
        #expect(
            !BestEvaluation(step: 2, metric: "accuracy/greedy", value: 0.5).isBetter(than: first))
        #expect(
            BestEvaluation(step: 3, metric: "accuracy/greedy", value: 0.6).isBetter(than: first))
        #expect(!BestEvaluation(step: 4, metric: "x", value: .nan).isBetter(than: nil))
    }
}
