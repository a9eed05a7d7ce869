import ArgumentParser
import Foundation
import GRPO
import LanguageModels
import Torch

/// `grpo merge`: a model of an adapter.
struct MergeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge",
        abstract: "Writes an adapter into its model's weights, as a model folder of its own.",
        discussion: "The result is computed in float32 and rounded once.")

    /// The type of the weights that are written.
    enum WeightType: String, ExpressibleByArgument, CaseIterable {
        case float32, bfloat16, float16
    }

    @Argument(help: "The adapter's folder, or that of the run that trained it.")
    var adapter: String

    @Argument(help: "The model folder to make.")
    var output: String

    @Option(help: "The model folder; by default what the adapter names.")
    var model: String?

    @Option(help: "float32, bfloat16 or float16; by default the type of the model's file.")
    var dtype: WeightType?

    func run() throws {
        let terminal = Terminal(quiet: false, json: false)
        var folder = URL(filePath: adapter)
        let result = folder.appending(path: "model")
        if !AdapterFolder.isThere(folder), AdapterFolder.isThere(result) { folder = result }
        let target = URL(filePath: output)
        try LanguageModel.merge(
            adapter: folder, into: model.map { URL(filePath: $0) }, output: target,
            dtype: dtype.flatMap { DType(rawValue: $0.rawValue) })
        terminal.result("The model is in \(target.relativePath)")
    }
}
