import ArgumentParser
import Foundation
import LanguageModels
import NeuralNetwork
import Torch

/// `grpo logits`: the numbers by which a model is compared with transformers.
struct LogitsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logits",
        abstract: "Writes the logits after each token, for comparison with other programs.",
        shouldDisplay: false)

    @Argument(help: "The model folder.")
    var model: String

    @Option(help: "Token ids with commas between them; a sequence each time it is given.")
    var tokens: [String]

    @Option(help: "The prompt's share of each sequence's tokens, with commas between them.")
    var prompts: String?

    @Option(
        help: """
            The safetensors file to write, float32: "logits" [tokens, vocabulary], with a number \
            where there are several sequences. With --prompts also "decoded", the logits before \
            each completion token by cached decoding in one batch, and "gradient.NAME" of the \
            mean negative log-likelihood of the completion tokens.
            """)
    var output: String

    @OptionGroup var adapter: AdapterOptions
    @OptionGroup var device: DeviceOptions

    func run() throws {
        let decoder = try Decoder.load(
            URL(filePath: model), adapter: adapter.folder, device: try device.resolved(),
            dtype: .float32)
        let vocabulary = decoder.configuration.vocabularySize
        let sequences = try tokens.map { try ids($0, "--tokens", below: vocabulary) }
        let name = { (kind: String, index: Int) in
            sequences.count == 1 ? kind : "\(kind).\(index)"
        }
        var results = withoutGradients {
            sequences.enumerated().map { (name("logits", $0), decoder.logits($1)) }
        }
        if let prompts {
            let groups = try groups(sequences, prompts)
            let decoded = withoutGradients { decoder.decodedLogits(groups) }
            results += decoded.enumerated().map { (name("decoded", $0), $1) }
            results += gradients(decoder, groups)
        }
        try SafetensorsFile.write(results, to: URL(filePath: output))
    }

    private func ids(_ text: String, _ flag: String, below limit: Int) throws -> [Int] {
        let ids = text.split(separator: ",").map { Int($0) }
        let valid = ids.compactMap(\.self).filter { (0..<limit).contains($0) }
        guard !ids.isEmpty, valid.count == ids.count else {
            throw ValidationError("\(flag) \(text): expected ids from 0 to \(limit - 1).")
        }
        return valid
    }

    private func groups(_ sequences: [[Int]], _ prompts: String) throws -> [TokenGroup] {
        let lengths = try ids(prompts, "--prompts", below: .max)
        guard lengths.count == sequences.count,
            zip(lengths, sequences).allSatisfy({ $0 > 0 && $0 < $1.count })
        else {
            throw ValidationError(
                "--prompts \(prompts): expected for each of \(sequences.count) sequences a number "
                    + "from 1 to below its length.")
        }
        return zip(lengths, sequences).map { length, tokens in
            TokenGroup(
                prompt: Array(tokens.prefix(length)),
                completions: [Array(tokens.dropFirst(length))])
        }
    }

    private func gradients(_ decoder: Decoder, _ groups: [TokenGroup]) -> [(String, Tensor)] {
        for parameter in decoder.parameters { parameter.value.requiringGradient() }
        let packed = PackedSequences(groups, device: decoder.device)
        let logProbabilities = decoder.tokenStatistics(packed, temperature: 1).logProbabilities
        (-logProbabilities.sum() / Double(logProbabilities.count)).backward()
        return decoder.parameters.compactMap { parameter in
            parameter.value.gradient.map { ("gradient.\(parameter.name)", $0) }
        }
    }
}
