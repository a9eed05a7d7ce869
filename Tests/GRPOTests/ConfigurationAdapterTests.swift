import NeuralNetwork
import Testing

@testable import GRPO

@Suite struct ConfigurationAdapterTests {
    private static let base = """
        model: m
        output: o
        data: {train: t}
        rewards: [{kind: exact}]
        training: {steps: 10}

        """

    private func adapter(_ yaml: String) throws -> Configuration.Adapter {
        try Configuration(yaml: Self.base + "lora: {\(yaml)}").lora
    }

    private func refusal(_ yaml: String) -> ConfigurationError? {
        do throws(ConfigurationError) {
            _ = try Configuration(yaml: Self.base + yaml)
            return nil
        } catch {
            return error
        }
    }

    @Test func withoutARankAllWeightsAreTrained() throws {
        #expect(try Configuration(yaml: Self.base).lora == Configuration.Adapter())
    }

    @Test func targetsAreAWordAListOrAPattern() throws {
        #expect(try adapter("rank: 4, targets: all-linear").targets == .allLinear)
        #expect(try adapter("targets: [q_proj, v_proj]").targets == .names(["q_proj", "v_proj"]))
        #expect(try adapter(#"targets: '.*\.q_proj'"#).targets == .pattern(#".*\.q_proj"#))
    }

    @Test func whatIsWrittenReadsBackEqual() throws {
        let text =
            #"rank: 4, rank_pattern: {'[kv]_proj': 2}, alpha_pattern: {'a: b#': 3}, "#
            + "frozen_type: bfloat16, dropout: 0.1"
        let configuration = try Configuration(yaml: Self.base + "lora: {\(text)}")
        #expect(configuration.lora.rankPattern == ["[kv]_proj": 2])
        #expect(configuration.lora.alphaPattern == ["a: b#": 3])
        #expect(try Configuration(yaml: configuration.yamlText) == configuration)
    }

    @Test func oneKeyCanBeSetAndIsExplained() throws {
        let lines = try Configuration.explained(
            file: nil, overrides: ["lora.rank=16", "lora.rank_pattern.q_proj=8"]
        ).split(separator: "\n")
        #expect(lines.contains { $0.hasPrefix("  rank: 16") && $0.hasSuffix("[--set]") })
        #expect(lines.contains { $0.hasPrefix("  rank_pattern: {q_proj: 8}") })
        #expect(lines.contains { $0.hasPrefix("  gradient_checkpointing: false") })
    }

    @Test func whatDoesNotGoTogetherIsRefused() {
        #expect(refusal("lora: {rank: 4, adapter: x}")?.key == "lora.adapter")
        #expect(refusal("lora: {rank: -1}")?.key == "lora.rank")
        #expect(refusal("lora: {rank: 4, targets: '('}")?.key == "lora")
        #expect(refusal("lora: {rank: 4, rank_pattern: {q_proj: 0}}")?.key == "lora")
        #expect(refusal("lora: {rank: 4, dropout: 1}")?.key == "lora.dropout")
        #expect(
            refusal("lora: {rank: 4}\nreference_update: mixed")?.key == "reference_update")
    }
}
