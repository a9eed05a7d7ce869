import Foundation
import NeuralNetwork
import TestSupport
import Torch

@testable import LanguageModels

/// What `Scripts/peers/make-family-goldens.py` wrote: transformers' numbers for tiny models of
/// every family and rotary type.
struct FamilyGoldens: Decodable {
    struct Case: Decodable, Sendable {
        struct Group: Decodable, Sendable {
            struct Completion: Decodable, Sendable {
                let tokens: [Int]
                let logProbabilities: [Double]
                let lastLogits: [Double]
                let lastLogitsOfWhole: [Double]
            }
            let prompt: [Int]
            let completions: [Completion]
        }
        let name: String
        let config: String
        let parameterCount: Int
        let groups: [Group]
        let gradients: [String: [Double]]
    }
    let cases: [Case]

    /// The file, read once.
    private static let file = Result {
        try Fixtures.golden(FamilyGoldens.self, "families.json").cases
    }

    /// The case of that name.
    static func named(_ name: String) throws -> Case {
        guard let found = try file.get().first(where: { $0.name == name }) else {
            throw ModelError(file: "families.json", reason: "no case \(name)")
        }
        return found
    }

    /// Their names, which a parametrised test shows.
    static let names = [
        "v4 llama llama3", "v5 llama dynamic", "v5 llama biases", "v5 llama longrope",
        "v4 qwen2 default", "v5 qwen2 layer_types", "v4 qwen2 yarn mscale", "v5 qwen3 yarn",
        "v4 qwen3 windows, bias", "v4 mistral default", "v4 mistral dynamic", "v4 smollm3 default",
        "v5 smollm3 windows, biases", "v4 gemma2 default", "v5 gemma2 tight caps, bias",
        "v4 gemma3_text linear", "v5 gemma3_text dynamic", "v5 gemma3_text capped", "v4 gemma3",
        "v5 phi3 window", "v4 phi3 longrope partial", "v5 phi3 longrope",
    ]
}

extension FamilyGoldens.Case {
    var tokenGroups: [TokenGroup] {
        groups.map { group in
            TokenGroup(prompt: group.prompt, completions: group.completions.map(\.tokens))
        }
    }

    func configuration() throws -> DecoderConfiguration {
        try DecoderConfiguration(json: Data(config.utf8), file: name)
    }

    /// The decoder, its weights by the formula of the script.
    func decoder(dtype: DType = .float32) throws -> Decoder {
        let configuration = try configuration()
        let isGemma = configuration.family.isGemma
        return try Decoder(
            configuration,
            from: ParameterSource { name, shape, _ in
                let offset = name.hasSuffix("norm.weight") && !isGemma ? 1.0 : 0
                let count = shape.reduce(1, *)
                let values = Self.numbers(name, count: count).map { Float($0 + offset) }
                return Tensor(values, shape: shape).to(dtype)
            })
    }

    /// Numbers in [−0.5, 0.5) from FNV-1a of the name and splitmix64 of the index.
    private static func numbers(_ name: String, count: Int) -> [Double] {
        let seed = name.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { hash, byte in
            (hash ^ UInt64(byte)) &* 0x100_0000_01B3
        }
        return (1...UInt64(count)).map { index in
            var z = index &* 0x9E37_79B9_7F4A_7C15 &+ seed
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            z ^= z >> 31
            return Double(z >> 40) / 16_777_216 - 0.5
        }
    }
}
