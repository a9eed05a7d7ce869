public import ArgumentParser
import Foundation
import LanguageModels

/// `grpo init`: a new model.
struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Makes a new decoder with random weights and a byte-level tokenizer.")

    @Argument(help: "The model folder to make.")
    var folder: String

    @Option(help: "nano (0.5 million parameters), tiny (3 million) or small (13 million).")
    var size = DecoderConfiguration.Size.nano

    @Option(help: "Width of the hidden states.")
    var hidden: Int?

    @Option(help: "Number of blocks.")
    var layers: Int?

    @Option(help: "Number of attention heads.")
    var heads: Int?

    @Option(help: "Number of key/value heads.")
    var keyValueHeads: Int?

    @Option(help: "Width inside the feed-forward network.")
    var feedForward: Int?

    @Option(help: "The longest sequence, prompt and completion together, in tokens.")
    var context: Int?

    @Option(help: "Seed of the weights.")
    var seed: UInt64 = 0

    @OptionGroup var output: OutputOptions

    func run() throws {
        let shape = try shape()
        let model = try LanguageModel(random: shape, seed: seed)
        try model.save(to: URL(filePath: folder))
        let count = model.decoder.configuration.parameterCount
        output.terminal.note("\(folder): \(TextFormat.count(count)) parameters")
    }

    private func shape() throws -> DecoderConfiguration {
        var shape = DecoderConfiguration(size)
        shape.hiddenSize = hidden ?? shape.hiddenSize
        shape.layerCount = layers ?? shape.layerCount
        shape.headCount = heads ?? shape.headCount
        shape.keyValueHeadCount = keyValueHeads ?? min(shape.keyValueHeadCount, shape.headCount)
        shape.feedForwardSize = feedForward ?? shape.feedForwardSize
        shape.contextLength = context ?? shape.contextLength
        let sizes = [
            ("--hidden", shape.hiddenSize), ("--layers", shape.layerCount),
            ("--heads", shape.headCount), ("--key-value-heads", shape.keyValueHeadCount),
            ("--feed-forward", shape.feedForwardSize), ("--context", shape.contextLength),
        ]
        for (flag, value) in sizes where value < 1 {
            throw ValidationError("\(flag) \(value): expected 1 or more.")
        }
        guard shape.headCount.isMultiple(of: shape.keyValueHeadCount) else {
            throw ValidationError(
                "--heads \(shape.headCount): expected a multiple of --key-value-heads, "
                    + "\(shape.keyValueHeadCount).")
        }
        guard shape.hiddenSize.isMultiple(of: 2 * shape.headCount) else {
            throw ValidationError(
                "--hidden \(shape.hiddenSize): expected a multiple of twice the heads, "
                    + "\(2 * shape.headCount).")
        }
        shape.headWidth = shape.hiddenSize / shape.headCount
        return shape
    }
}

extension DecoderConfiguration.Size: ExpressibleByArgument {}
