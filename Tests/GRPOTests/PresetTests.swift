import Foundation
import LanguageModels
import NeuralNetwork
import TestSupport
import Testing
import Torch

@testable import GRPO

private let least = """
    model: m
    output: o
    data: {train: t}
    rewards: [{kind: exact}]
    training: {steps: 10}

    """

@Suite struct PresetTests {
    private func configuration(_ lines: String) throws -> Configuration {
        try Configuration(yaml: least + lines, source: "train.yaml")
    }

    private func complaint(_ lines: String) -> String {
        do {
            _ = try configuration(lines)
            return ""
        } catch {
            return "\(error)"
        }
    }

    @Test(arguments: Preset.allCases)
    func everyPresetIsAWholeConfiguration(preset: Preset) throws {
        let resolved = try configuration("preset: \(preset.rawValue)\n")
        #expect(resolved.preset == preset)
        #expect(try Configuration(yaml: resolved.yamlText) == resolved)
        let grpo = resolved.trainerSettings.grpo
        try grpo.validate()
    }

    @Test func presetsSayWhatTheirPapersDo() throws {
        let settings = { (preset: String) in
            try configuration("preset: \(preset)\n").trainerSettings
        }
        #expect(try settings("article").grpo.advantage == .groupMean)
        #expect(try settings("deepseekmath").grpo.objective.aggregation == .sequenceMean)
        #expect(
            try settings("deepseekmath").grpo.objective.divergence
                == Divergence(.k3, coefficient: .fixed(0.04)))
        #expect(try settings("dapo").grpo.objective.trustRegion == .clip(low: 0.2, high: 0.28))
        #expect(try settings("dapo").grpo.groupFilter == .withSignal)
        #expect(try settings("dapo").reservePromptsPerStep == 48)
        #expect(try settings("dr-grpo").grpo.objective.aggregation == .constantLength(256))
        #expect(try settings("gspo").grpo.objective.ratio == .sequence)
        #expect(try settings("rloo").grpo.advantage == .leaveOneOut)
        #expect(try settings("rloo").grpo.objective.divergence == nil)
        #expect(try settings("rloo").grpo.divergencePenalty?.coefficient == 0.05)
        #expect(try settings("trl-1.16").grpo.generation.maxNewTokens == 512)
        #expect(
            try settings("verl").grpo.objective.trustRegion
                == .boundedClip(low: 0.2, high: 0.2, bound: 3))
    }

    @Test func whatIsWrittenGoesOverThePreset() throws {
        let resolved = try configuration(
            "preset: dapo\nobjective: {trust_region: {high: 0.3}, truncated: mask}\n")
        #expect(resolved.objective.trustRegion == .clip(low: 0.2, high: 0.3))
        #expect(resolved.objective.truncated == .mask)
        #expect(resolved.rollout.groupSize == 16)
        let other = try configuration("preset: dapo\nobjective: {trust_region: {kind: sapo}}\n")
        #expect(other.objective.trustRegion == .softGate())
    }

    @Test func anUnknownPresetIsAnsweredWithTheNearest() {
        #expect(complaint("preset: dappo\n").contains("Did you mean \"dapo\"?"))
    }

    @Test func choicesTakeTheirNumbers() throws {
        let objective = try configuration(
            """
            objective:
              advantage: {kind: pass_at_k, epsilon: null}
              trust_region: {kind: dual_clip, low: 0.1, bound: 5}
              aggregation: {kind: constant_length, length: 7}
              kl: 0.02
              entropy: {kind: adaptive, target: 0.4}

            """
        ).objective
        #expect(objective.advantage == .passAtK())
        #expect(objective.trustRegion == .boundedClip(low: 0.1, high: 0.2, bound: 5))
        #expect(objective.aggregation == .constantLength(7))
        #expect(objective.kl.coefficient == 0.02)
        #expect(objective.entropy == .adaptive(target: 0.4))
    }

    @Test(arguments: [
        ("objective: {trust_region: {kind: sapo, low: 0.1}}\n", "low: unknown key"),
        ("objective: {ratio: none}\n", "do not go together"),
        ("objective: {ratio: token, trust_region: vespo}\n", "Choose ratio sequence"),
        ("objective: {kl: {coefficient: 0.1, estimator: k1}}\n", "correction"),
        ("objective: {kl: {coefficient: 0.1, place: reward, target: 0.1}}\n", "steered"),
        ("rollout: {filter: signal}\n", "Set rollout.reserve"),
        ("objective: {truncated: {kind: penalize, buffer: 999}}\n", "Lower the buffer"),
        ("algorithm: ppo\nobjective: {advantage: mean}\n", "choose algorithm grpo"),
        ("algorithm: ppo\nreference_update: {kind: mixed}\n", "PPO does not use this"),
    ])
    func whatMakesNoSenseTogetherIsRefused(lines: String, expected: String) {
        #expect(complaint(lines).contains(expected), "\(complaint(lines))")
    }

    @Test func algorithmsTakeTheirChoices() throws {
        let resolved = try configuration(
            "algorithm: {kind: ppo, value: shared, decay: 1, value_warmup_steps: 3}\n")
        guard case .ppo(let ppo) = resolved.trainerSettings.algorithm else {
            Issue.record("not PPO")
            return
        }
        #expect(ppo.advantage.decay == 1)
        #expect(ppo.valueWarmUpSteps == 3)
        #expect(resolved.algorithm.valueForm == .shared())
    }

    @Test func rewardWeightsFollowTheirRamp() throws {
        let resolved = try configuration("seed: 1\n")
        var changed = resolved
        changed.rewards[0].ramp = WeightRamp(to: 0, start: 2, steps: 4)
        #expect(resolved.trainerSettings.grpo.rewardWeights == [nil])
        #expect(
            changed.trainerSettings.grpo.rewardWeights
                == [.linear(from: 1, to: 0, start: 2, steps: 4)])
    }

    @Test func everyValueIsExplainedWithItsSource() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "train.yaml")
            try Data((least + "preset: dapo\nrollout: {top_k: 5}\n").utf8).write(to: file)
            let text = try Configuration.explained(file: file.path, overrides: ["seed=4"])
            let line = { (key: String) in
                text.split(separator: "\n").first {
                    $0.trimmingCharacters(in: .whitespaces).hasPrefix("\(key):")
                } ?? ""
            }
            #expect(line("top_k").hasSuffix("[\(file.path):7]"))
            #expect(line("high").hasSuffix("[preset dapo]"))
            #expect(line("seed").hasSuffix("[--set]"))
            #expect(line("threads").hasSuffix("[default]"))
            // Comments aside it is the configuration itself.
            #expect(
                try Configuration(yaml: text)
                    == Configuration.read(file: file.path, overrides: ["seed=4"]))
        }
    }
}

@Suite struct ReferenceUpdateTests {
    @Test func theReferenceIsMixedWithThePolicyEverySoManySteps() throws {
        let policy = try Fixtures.model("qwen2-tiny")
        let same = try Fixtures.model("qwen2-tiny")
        let before = same.decoder.parameters[0].value.floats
        for parameter in policy.decoder.parameters {
            parameter.value.copyInPlace(parameter.value * 3)
        }
        let rule = ReferenceUpdate.mixed(share: 0.25, every: 2)
        try rule.update(same, from: policy, completedSteps: 1)
        #expect(same.decoder.parameters[0].value.floats == before)
        try rule.update(same, from: policy, completedSteps: 2)
        let expected = before.map { $0 * 0.75 + $0 * 3 * 0.25 }
        #expect(largestDifference(same.decoder.parameters[0].value.floats, expected) < 1e-6)
    }
}
