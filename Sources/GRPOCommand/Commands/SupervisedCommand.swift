import ArgumentParser
import Foundation
import GRPO

/// `grpo sft`: a warm start.
struct SupervisedCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sft",
        abstract: "Trains a model on prompts with their answers; the loss is on the answers only.",
        discussion: "The keys of the configuration stand in Examples/sft.yaml.")

    @OptionGroup var options: ConfigurationOptions

    @Option(help: "Rows a step.")
    var batchSize: Int?

    @OptionGroup var profiling: ProfileOptions

    @OptionGroup var output: OutputOptions

    func run() throws {
        let terminal = output.terminal
        let flags = batchSize.map { ["training.batch_size=\($0)"] } ?? []
        let interruption = Interruption(terminal)
        let recording = profiling.recording()
        let run = try recording {
            try SupervisedRun(
                try SupervisedConfiguration.read(
                    file: options.file, overrides: flags + options.all))
        }
        try run.perform(recording, interruption, terminal)
    }
}
