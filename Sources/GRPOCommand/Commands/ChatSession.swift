import Foundation
import GRPO
import LanguageModels
import Tokenizers
import Torch

/// A conversation with a model: lines in, answers out as they are sampled.
struct ChatSession {
    private let model: LanguageModel
    private let renderer: ChatRenderer
    private let generation: GenerationOptions
    private let terminal: Terminal
    private let isJSON: Bool
    private var system: String?
    private var messages: [JSON] = []
    private var answers: UInt64 = 0

    init(
        model: LanguageModel, options: ChatOptions, generation: GenerationOptions,
        terminal: Terminal, isJSON: Bool
    ) throws {
        self.model = model
        renderer = try ChatRenderer(model.tokenizer, settings: options.settings)
        self.generation = generation
        self.terminal = terminal
        self.isJSON = isJSON
        system = options.system
        // A model without a template is refused before the first line is read.
        _ = try prompt(with: [.message(role: "user", content: "Hi")])
    }

    /// Answers every line of the input; commands begin with a slash.
    mutating func run() throws {
        let asks = isatty(STDIN_FILENO) != 0
        while true {
            if asks { _ = ByteSink.standard.write(Array("> ".utf8), .error) }
            guard let line = readLine() else { return }
            switch line.split(separator: " ", maxSplits: 1).first {
            case nil: continue
            case "/exit": return
            case "/reset": messages = []
            case "/system":
                let text = line.dropFirst("/system".count).drop { $0 == " " }
                system = text.isEmpty ? nil : String(text)
            case let word? where word.hasPrefix("/"):
                terminal.warning("\(word): expected /reset, /system TEXT or /exit.")
            default: try answer(line)
            }
        }
    }

    private func prompt(with messages: [JSON]) throws -> String {
        let system = system.map { [JSON.message(role: "system", content: $0)] } ?? []
        return try renderer.prompt(system + messages)
    }

    private mutating func answer(_ line: String) throws {
        let asked = messages + [JSON.message(role: "user", content: line)]
        let text: String
        do {
            text = try prompt(with: asked)
        } catch {
            // The template refuses this message; the conversation before it is as it was.
            return terminal.warning("\(error)")
        }
        let tokens = model.tokenizer.encode(text)
        guard !tokens.isEmpty, tokens.count + generation.maxNewTokens <= model.contextLength else {
            terminal.warning(
                "the conversation has \(tokens.count) tokens; with --max-new-tokens "
                    + "\(generation.maxNewTokens) that is more than the model's context of "
                    + "\(model.contextLength). /reset begins anew.")
            return
        }
        let completion = sample(tokens)
        answers += 1
        let answer = model.tokenizer.decode(completion.tokens)
        messages = asked + [.message(role: "assistant", content: answer)]
        terminal.jsonLine(try Self.line(answer, completion))
    }

    /// Samples an answer and writes each character once it is whole; Ctrl-C ends it.
    private func sample(_ tokens: [Int]) -> Completion {
        let interruption = AnswerInterruption()
        var decoder = StreamingDecoder(model.tokenizer)
        let request = GenerationRequest(
            prompt: tokens, streams: [RandomStream(generation.seed, 0, answers, 0)])
        let completions = model.generate([request], settings: generation.settings) { tokens in
            for token in tokens { write(decoder.append(token)) }
            return !interruption.isRequested
        }
        write(decoder.finish() + "\n")
        return completions[0][0]
    }

    private func write(_ text: String) {
        guard !isJSON, !text.isEmpty else { return }
        let shown = text == "\n" ? text : terminal.harmless(text)
        _ = ByteSink.standard.write(Array(shown.utf8), .output)
    }

    private static func line(_ text: String, _ completion: Completion) throws -> String {
        struct Line: Encodable {
            let role = "assistant"
            let content: String
            let tokens: [Int]
            let finish: FinishReason
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let line = Line(content: text, tokens: completion.tokens, finish: completion.finish)
        return String(decoding: try encoder.encode(line), as: UTF8.self)
    }
}
