import Foundation
import TestSupport
import Testing
import Torch

@testable import LanguageModels

@Suite struct ModelInspectionTests {
    private func inspection(changing change: (URL) throws -> Void) throws -> ModelInspection {
        try withTemporaryFolder { folder in
            let place = folder.appending(path: "model")
            try LanguageModel(random: DecoderConfiguration(.nano), seed: 1).save(to: place)
            try change(place)
            return try ModelInspection(folder: place)
        }
    }

    private func edit(_ file: URL, _ change: (inout [String: Any]) -> Void) throws {
        let object = try JSONSerialization.jsonObject(with: Data(contentsOf: file))
        var dictionary = try #require(object as? [String: Any])
        change(&dictionary)
        try JSONSerialization.data(withJSONObject: dictionary).write(to: file)
    }

    @Test func aSoundFolderHasNoFindings() throws {
        let found = try inspection { _ in }
        #expect(found.findings.isEmpty, "\(found.findings)")
        #expect(found.parameterCount == found.configuration?.parameterCount)
        #expect(found.weights.bytes == 4 * found.parameterCount)
        #expect(found.weights.bytesByType == ["F32": found.weights.bytes])
        #expect(found.stopTokens?.all == [256])
        #expect(found.tokenizer?.size == 257)
    }

    @Test func whatIsOddIsFound() throws {
        let found = try inspection { place in
            try edit(place.appending(path: "config.json")) {
                $0["dtype"] = "bfloat16"
                $0["eos_token_id"] = 5
                $0["num_hidden_layers"] = 4
            }
            try edit(place.appending(path: "tokenizer_config.json")) {
                $0["tokenizer_class"] = "Qwen2TokenizerFast"
                $0["chat_template"] = "{{ messages }}"
            }
            try Data("{{ other }}".utf8).write(to: place.appending(path: "chat_template.jinja"))
        }
        let text = found.findings.map { "\($0.severity.rawValue): \($0.text)" }.joined(
            separator: "\n")
        for part in [
            "error: the files lack tensors that the model needs: model.layers.3.input_layernorm",
            "warning: config.json says dtype bfloat16 and torch_dtype float32",
            "warning: config.json says bfloat16, the files hold float32",
            "note: eos_token_id is [256] in generation_config.json and [5] in config.json",
            "warning: tokenizer_class is Qwen2TokenizerFast", "warning: chat_template.jinja and",
        ] {
            #expect(text.contains(part), "\(part) is not in:\n\(text)")
        }
    }

    @Test(arguments: [
        ("num_hidden_layers", 1 << 30), ("num_hidden_layers", 9999), ("head_dim", 1 << 29),
    ])
    func sizesThatNoFileHoldsAreNotBelieved(key: String, value: Int) throws {
        let found = try inspection { place in
            try edit(place.appending(path: "config.json")) { $0[key] = value }
        }
        #expect(found.findings.contains { $0.severity == .error }, "\(found.findings)")
    }
}
