import ArgumentParser
import Foundation
import GRPO
import Torch

/// What the terminal shows.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print results only.")
    var quiet = false

    @Flag(help: "Print one JSON object a line instead of text.")
    var json = false

    var terminal: Terminal { Terminal(quiet: quiet, json: json) }
}

/// Where the tensors lie.
struct DeviceOptions: ParsableArguments {
    @Option(help: "auto, cpu, cuda or cuda:N.")
    var device = "auto"

    func resolved() throws -> Device { try Device(named: device) }
}

/// An adapter beside a model.
struct AdapterOptions: ParsableArguments {
    @Option(help: "Folder of an adapter of the model, as PEFT writes it.")
    var adapter: String?

    var folder: URL? { adapter.map { URL(filePath: $0) } }
}

/// The flags of `train` and `sft` that stand for keys of the configuration.
struct ConfigurationOptions: ParsableArguments {
    @Argument(help: "A YAML file; see Examples/. Without one, the flags say everything.")
    var file: String?

    @Option(name: .customLong("set"), help: "Sets one key, such as optimizer.learning_rate=1e-5.")
    var overrides: [String] = []

    @Option(help: "Folder of the model to train.")
    var model: String?

    @Option(help: "Folder of an adapter of the model to go on with.")
    var adapter: String?

    @Option(help: "Folder of the run; it must not exist yet.")
    var output: String?

    @Option(help: "JSON Lines file with the training prompts.")
    var train: String?

    @Option(help: "The prompt, made from a row: \"Q: {question}\\nA: \".")
    var prompt: String?

    @Option(help: "The right answer, made from a row: \"{answer}\".")
    var answer: String?

    @Option(help: "Steps of the run.")
    var steps: Int?

    @Option(help: "Steps between checkpoints, from which grpo resume goes on.")
    var checkpointEvery: Int?

    @Option(help: "The largest learning rate.")
    var learningRate: Double?

    @Option(help: "From which every random number is derived.")
    var seed: Int?

    @Option(help: "auto, cpu, cuda or cuda:N.")
    var device: String?

    /// The flags as overrides; `--set` comes last and wins.
    var all: [String] {
        let flags: [(String, String?)] = [
            ("model", model), ("lora.adapter", adapter), ("output", output), ("data.train", train),
            ("data.prompt", prompt.map(Self.unescaped)),
            ("data.answer", answer.map(Self.unescaped)),
            ("training.steps", steps.map(String.init)),
            ("training.checkpoint_every", checkpointEvery.map(String.init)),
            ("optimizer.learning_rate", learningRate.map { "\($0)" }),
            ("seed", seed.map(String.init)), ("device", device),
        ]
        return flags.compactMap { key, value in value.map { "\(key)=\($0)" } } + overrides
    }

    /// `\n` typed in a shell is a line break.
    private static func unescaped(_ text: String) -> String {
        text.replacingOccurrences(of: "\\n", with: "\n")
    }
}

/// The first of `prefix-1`, `prefix-2`, … that is not there yet.
func firstFreeFolder(_ prefix: String) -> String {
    let names = (1...).lazy.map { "\(prefix)-\($0)" }
    return names.first { !FileManager.default.fileExists(atPath: $0) } ?? prefix
}
