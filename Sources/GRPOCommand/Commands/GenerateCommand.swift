import ArgumentParser
import Foundation
import LanguageModels
import Tokenizers
import Torch

/// `grpo generate`: completions of a prompt.
struct GenerateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate", abstract: "Samples completions of a prompt.")

    @Argument(help: "The model folder.")
    var model: String

    @Argument(help: "The prompt.")
    var prompt: String

    @Option(help: "Completions to sample.")
    var count = 1

    @OptionGroup var generation: GenerationOptions
    @OptionGroup var device: DeviceOptions

    @Flag(help: "Print one JSON object a line.")
    var json = false

    func validate() throws {
        if count < 1 { throw ValidationError("--count \(count): expected 1 or more.") }
    }

    func run() throws {
        let terminal = Terminal(quiet: false, json: json)
        let model = try LanguageModel(
            folder: URL(filePath: model), device: try device.resolved())
        let tokens = model.tokenizer.encode(prompt)
        guard !tokens.isEmpty else { throw ValidationError("the prompt is empty.") }
        guard tokens.count + generation.maxNewTokens <= model.contextLength else {
            throw ValidationError(
                "the prompt has \(tokens.count) tokens; with --max-new-tokens "
                    + "\(generation.maxNewTokens) that is more than the model's context of "
                    + "\(model.contextLength).")
        }
        let streams = (0..<count).map { RandomStream(generation.seed, 0, 0, UInt64($0)) }
        let completions = model.generate(
            [GenerationRequest(prompt: tokens, streams: streams)], settings: generation.settings)
        for completion in completions[0] {
            let text = model.tokenizer.decode(completion.tokens)
            terminal.result(terminal.harmless(text))
            terminal.jsonLine(try line(completion, text: text))
        }
    }

    private func line(_ completion: Completion, text: String) throws -> String {
        struct Line: Encodable {
            let completion: String
            let tokens: [Int]
            let logProbabilities: [Float]
            let finish: FinishReason
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        let data = try encoder.encode(
            Line(
                completion: text, tokens: completion.tokens,
                logProbabilities: completion.logProbabilities, finish: completion.finish))
        return String(decoding: data, as: UTF8.self)
    }
}
