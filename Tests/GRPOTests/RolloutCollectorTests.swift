import LanguageModels
import Rewards
import TestSupport
import Testing

@testable import GRPO

@Suite struct RolloutCollectorTests {
    /// Prompts that begin with "SAME" give all their completions the same; in capitals, since the
    /// vocabulary of the model ends before the small letters.
    private static let reward = Reward("digits") { input in
        input.prompt.hasPrefix("SAME")
            ? 0.7 : Double(input.completion.utf8.reduce(0) { $0 + Int($1) } % 97)
    }

    private let model: LanguageModel

    init() throws { model = try Fixtures.model("qwen2-tiny") }

    private func collect(
        _ prompts: [String], reserve: [String] = [], filter: GroupFilter = .withSignal,
        rewards: [Reward] = [reward]
    ) async throws -> CollectedRollouts {
        var settings = GRPOSettings()
        settings.groupSize = 4
        settings.generation = GenerationSettings(maxNewTokens: 5)
        var clock = StageClock()
        settings.groupFilter = filter
        return try await RolloutCollector(
            policy: model, rewards: rewards, weights: rewards.map(\.weight), settings: settings,
            safeguards: Safeguards(settings)
        ).collect(
            prompts.map { Prompt($0, model: model) },
            reserve: reserve.map { Prompt($0, model: model) }, step: 3, clock: &clock)
    }

    private func texts(_ groups: [ScoredGroup]) -> [String] { groups.map(\.group.prompt.text) }

    private func tokens(_ groups: [ScoredGroup]) -> [[[Int]]] {
        groups.map { $0.group.rollouts.map(\.completion.tokens) }
    }

    @Test func keepingAllSamplesOnceAndThrowsNothingAway() async throws {
        let collected = try await collect(["SAME 1", "A"], reserve: ["B"], filter: .keepAll)
        #expect(texts(collected.groups) == ["SAME 1", "A"])
        #expect(collected.discarded.isEmpty)
        #expect(collected.rounds == 1)
    }

    @Test func groupsWithoutSignalAreReplacedFromTheReserve() async throws {
        let collected = try await collect(
            ["SAME 1", "A", "SAME 2"], reserve: ["B", "SAME 3", "SAME 4", "C", "D"])
        #expect(texts(collected.groups) == ["A", "B", "C"])
        #expect(texts(collected.discarded) == ["SAME 1", "SAME 2", "SAME 3", "SAME 4"])
        #expect(collected.rounds == 4)
        #expect(collected.sampled.count == 7)
    }

    @Test func theReserveIsTheBound() async throws {
        let collected = try await collect(
            ["SAME 1", "SAME 2"], reserve: ["SAME 3", "A", "SAME 4"])
        #expect(texts(collected.groups) == ["A"])
        #expect(collected.rounds == 3)
        let none = try await collect(["SAME 1", "SAME 2"])
        #expect(none.groups.isEmpty)
        #expect(none.discarded.count == 2)
    }

    @Test func theFilterChangesNoCompletionOfTheFirstRound() async throws {
        let prompts = ["SAME 1", "A", "SAME 2"]
        let all = try await collect(prompts, filter: .keepAll)
        let filtered = try await collect(prompts, reserve: ["B", "C"])
        #expect(tokens(filtered.groups)[0] == tokens(all.groups)[1])
        let again = try await collect(prompts, reserve: ["B", "C"])
        #expect(tokens(again.sampled) == tokens(filtered.sampled))
    }

    /// The same prompt at another place is another group.
    @Test func placesGoOnCountingThroughTheReserve() async throws {
        let refilled = try await collect(["SAME", "SAME", "A"], reserve: ["A", "A"])
        let sampled = Set(tokens(refilled.sampled).flatMap { $0 })
        #expect(sampled.count == 20, "five groups of four different completions")
        let straight = model.rollouts(
            of: [Prompt("A", model: model)], groupSize: 4,
            settings: GenerationSettings(maxNewTokens: 5), seed: 0, step: 3, firstPlace: 3)
        #expect(
            straight[0].rollouts.map(\.completion.tokens) == tokens(refilled.groups)[1])
    }

    @Test func aRefillThatFailsIsDiscardedAndAStepThatFailsThrows() async throws {
        struct Broken: Error {}
        let fragile = Reward("fragile") { input in
            if input.prompt == "BROKEN" { throw Broken() }
            return try await Self.reward.score(input)
        }
        let collected = try await collect(
            ["A", "SAME"], reserve: ["BROKEN", "B"], rewards: [fragile])
        #expect(texts(collected.groups) == ["A", "B"])
        #expect(texts(collected.discarded) == ["SAME", "BROKEN"])
        await #expect(throws: ScoringError.self) {
            _ = try await collect(["BROKEN", "BROKEN"], reserve: ["A"], rewards: [fragile])
        }
    }

    @Test(arguments: [
        (GroupFilter.keepAll, [true, true, true, true, true]),
        (.withSignal, [false, true, false, false, true]),
        (.meanBetween(0, 1), [false, true, true, false, false]),
    ])
    func filtersJudgeTheRewards(filter: GroupFilter, keeps: [Bool]) {
        let groups = [[0, 0], [1, 0], [0.7, 0.7], [nil, nil], [1, 3]].map { GroupScores($0) }
        #expect(groups.map { filter.keeps($0, for: .groupMean) } == keeps)
    }

    @Test func theReserveLeavesOutTheStepAndRepeatsNothing() {
        let order = DataOrder(count: 20, seed: 4)
        let batch = order.indices(step: 2, size: 6)
        let reserve = order.reserve(step: 2, size: 10, without: batch)
        #expect(reserve.count == 10)
        #expect(Set(reserve + batch).count == 16)
        #expect(order.reserve(step: 2, size: 10, without: batch) == reserve)
        #expect(order.reserve(step: 3, size: 10, without: batch) != reserve)
        #expect(order.reserve(step: 2, size: 100, without: batch).count == 14)
        #expect(order.reserve(step: 2, size: 0, without: batch).isEmpty)
    }

    @Test func scheduledWeightsMakeTheTotals() async throws {
        let groups = model.rollouts(
            of: [Prompt("A", model: model)], groupSize: 2,
            settings: GenerationSettings(maxNewTokens: 2), seed: 0, step: 0)
        let rewards = [Reward("one") { _ in 1 }, Reward("two", weight: 5) { _ in 2 }]
        let plain = try await score(groups, with: rewards)
        #expect(plain[0].scores.map(\.total) == [11, 11])
        let weighted = try await score(groups, with: rewards, weights: [0.5, 0.25])
        #expect(weighted[0].scores.map(\.total) == [1, 1])
        let scores = GroupScores(weighted[0], weights: [0.5, 0.25])
        #expect(scores.parts == [[1, 2], [1, 2]])
        #expect(scores.lengths == [2, 2])
    }
}
