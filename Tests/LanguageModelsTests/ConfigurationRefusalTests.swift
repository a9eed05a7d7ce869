import Foundation
import Testing

@testable import LanguageModels

/// What a `config.json` asks and we do not have is refused by name.
@Suite struct ConfigurationRefusalTests {
    private func message(_ name: String, _ changes: [String: Any]) throws -> String {
        let golden = try FamilyGoldens.named(name)
        let object = try JSONSerialization.jsonObject(with: Data(golden.config.utf8))
        var file = try #require(object as? [String: Any])
        file.merge(changes) { $1 }
        do {
            _ = try DecoderConfiguration(
                json: JSONSerialization.data(withJSONObject: file), file: "config.json")
            return "no error"
        } catch { return "\(error)" }
    }

    @Test func anUnknownRotaryTypeIsRefusedWithTheKnownOnes() throws {
        #expect(
            try message("v5 llama dynamic", ["rope_parameters": ["rope_type": "proportional"]])
                == "config.json: rope_type is \"proportional\"; supported in llama: default, "
                + "linear, dynamic, llama3, yarn, longrope.")
        #expect(
            try message("v5 phi3 window", ["rope_parameters": ["rope_type": "linear"]])
                == "config.json: rope_type is \"linear\"; supported in phi3: default, longrope.")
    }

    @Test(arguments: [0, 10_001, 1 << 19, 1 << 40])
    func theNumberOfLayersIsBounded(count: Int) throws {
        #expect(
            try message("v5 smollm3 windows, biases", ["num_hidden_layers": count])
                == "config.json: num_hidden_layers is \(count); expected 1 to 10000.")
    }

    @Test func anUnknownActivationIsRefusedWithTheKnownOnes() throws {
        #expect(
            try message("v5 llama biases", ["hidden_act": "relu"])
                == "config.json: hidden_act is \"relu\"; supported: silu, gelu_pytorch_tanh.")
    }

    @Test func mixturesOfExpertsAndQuantizedWeightsAreRefused() throws {
        #expect(
            try message("v5 qwen3 yarn", ["num_experts": 8]).contains(
                "num_experts is 8; mixtures of experts are not supported"))
        #expect(
            try message("v5 qwen3 yarn", ["quantization_config": ["bits": 4]]).contains(
                "it has quantization_config"))
    }

    @Test(arguments: [
        ("v5 qwen2 layer_types", "layer_types", "[\"full_attention\"]"),
        ("v5 qwen2 layer_types", "layer_types", "[\"linear_attention\", \"x\", \"y\"]"),
        ("v5 qwen2 layer_types", "sliding_window", "0"),
        ("v5 qwen2 layer_types", "use_sliding_window", "false"),
        (
            "v4 mistral default", "layer_types",
            "[\"full_attention\", \"full_attention\", \"full_attention\"]"
        ),
        ("v5 smollm3 windows, biases", "no_rope_layers", "[1]"),
        ("v4 gemma3_text linear", "sliding_window_pattern", "0"),
        ("v5 gemma3_text capped", "attn_logit_softcapping", "50"),
        ("v5 gemma3_text capped", "use_bidirectional_attention", "true"),
        ("v5 llama biases", "partial_rotary_factor", "0.5"),
        ("v4 phi3 longrope partial", "partial_rotary_factor", "0.3"),
        ("v4 phi3 longrope partial", "rope_scaling", "{\"type\": \"su\"}"),
        ("v5 llama dynamic", "rope_parameters", "{\"rope_type\": \"yarn\"}"),
        ("v5 gemma2 tight caps, bias", "final_logit_softcapping", "-1"),
        ("v5 gemma2 tight caps, bias", "query_pre_attn_scalar", "0"),
    ])
    func aValueThatMakesNoDecoderIsNamed(name: String, key: String, value: String) throws {
        let object = try JSONSerialization.jsonObject(
            with: Data(value.utf8), options: .fragmentsAllowed)
        let text = try message(name, [key: object])
        #expect(text.hasPrefix("config.json: "), "\(text)")
    }

    @Test func aNestedRotationIsGemmasAlone() throws {
        let nested = ["full_attention": ["rope_type": "default"]]
        #expect(
            try message("v5 llama dynamic", ["rope_parameters": nested]).contains(
                "rope_parameters is nested by layer type, which only gemma3_text reads"))
    }

    @Test func aModelOfTextAndImagesIsSavedAsItsTextPart() throws {
        let golden = try FamilyGoldens.named("v4 gemma3")
        let configuration = try golden.configuration()
        #expect(configuration.isPartOfMultimodal)
        #expect(
            configuration.checkpointNames("model.norm.weight") == [
                "language_model.model.norm.weight", "model.language_model.norm.weight",
            ])
        let saved = configuration.savedFile(read: Data(golden.config.utf8))
        var expected = configuration
        expected.isPartOfMultimodal = false
        #expect(try DecoderConfiguration(json: saved, file: "saved") == expected)
    }
}
