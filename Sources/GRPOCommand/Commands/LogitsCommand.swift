import ArgumentParser
import Foundation
import LanguageModels
import Torch

/// `grpo logits`: the numbers by which a model is compared with transformers.
struct LogitsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logits",
        abstract: "Writes the logits after each token, for comparison with other programs.",
        shouldDisplay: false)

    @Argument(help: "The model folder.")
    var model: String

    @Option(help: "Token ids with commas between them.")
    var tokens: String

    @Option(help: "The safetensors file to write: \"logits\", float32, [tokens, vocabulary].")
    var output: String

    @OptionGroup var device: DeviceOptions

    func run() throws {
        let decoder = try Decoder(
            folder: URL(filePath: model), device: try device.resolved(), dtype: .float32)
        let ids = tokens.split(separator: ",").map { Int($0) }
        let vocabulary = decoder.configuration.vocabularySize
        let valid = ids.compactMap(\.self).filter { (0..<vocabulary).contains($0) }
        guard !ids.isEmpty, valid.count == ids.count else {
            throw ValidationError("--tokens \(tokens): expected ids from 0 to \(vocabulary - 1).")
        }
        let logits = withoutGradients { decoder.logits(valid) }
        try SafetensorsFile.write([("logits", logits)], to: URL(filePath: output))
    }
}
