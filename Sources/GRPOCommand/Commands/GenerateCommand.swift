import ArgumentParser
import Foundation
import LanguageModels
import Tokenizers
import Torch

/// `grpo generate`: completions of a prompt.
struct GenerateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Samples completions of a prompt, or talks to the model (--chat).")

    @Argument(help: "The model folder.")
    var model: String

    @Argument(help: "The prompt, as it is; none with --chat.")
    var prompt: String?

    @Option(help: "Completions to sample.")
    var count = 1

    @OptionGroup var adapter: AdapterOptions
    @OptionGroup var chat: ChatOptions
    @OptionGroup var generation: GenerationOptions
    @OptionGroup var device: DeviceOptions

    @Flag(help: "Print one JSON object a line.")
    var json = false

    func validate() throws {
        if count < 1 { throw ValidationError("--count \(count): expected 1 or more.") }
        if chat.chat, prompt != nil || count != 1 {
            throw ValidationError("--chat reads messages from the input, one at a time.")
        }
        if !chat.chat, prompt == nil { throw ValidationError("expected a prompt, or --chat.") }
    }

    func run() throws {
        let terminal = Terminal(quiet: false, json: json)
        let model = try LanguageModel.load(
            URL(filePath: model), adapter: adapter.folder, device: try device.resolved())
        guard let prompt else {
            var session = try ChatSession(
                model: model, options: chat, generation: generation, terminal: terminal,
                isJSON: json)
            return try session.run()
        }
        let tokens = model.tokenizer.encode(prompt)
        guard !tokens.isEmpty else { throw ValidationError("the prompt is empty.") }
        guard tokens.count + generation.maxNewTokens <= model.contextLength else {
            throw ValidationError(
                "the prompt has \(tokens.count) tokens; with --max-new-tokens "
                    + "\(generation.maxNewTokens) that is more than the model's context of "
                    + "\(model.contextLength).")
        }
        if let token = model.unknownToken(in: tokens) {
            throw ValidationError(
                "token \(token) of the prompt has no row in the model. Leave that text out.")
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
