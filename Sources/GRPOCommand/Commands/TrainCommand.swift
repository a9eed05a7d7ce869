import ArgumentParser
import Foundation
import GRPO

/// `grpo train`: a GRPO run.
struct TrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Trains a model with GRPO: a group of completions a prompt, scored by rewards.",
        discussion: "The keys of the configuration stand in Examples/train.yaml.")

    @OptionGroup var options: ConfigurationOptions

    @Option(help: "exact, number, countdown, or a reward in YAML; may be given several times.")
    var reward: [String] = []

    @Option(help: "JSON Lines file with the held-out prompts.")
    var test: String?

    @Option(help: "Completions a prompt.")
    var groupSize: Int?

    @Option(help: "Prompts a step.")
    var promptsPerStep: Int?

    @Option(help: "The most tokens of a completion.")
    var maxNewTokens: Int?

    @OptionGroup var profiling: ProfileOptions

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let terminal = output.terminal
        let interruption = Interruption(terminal)
        let recording = profiling.recording()
        let run = try recording {
            try TrainingRun(try Configuration.read(file: options.file, overrides: overrides))
        }
        try await run.perform(recording, interruption, terminal)
    }

    private var overrides: [String] {
        var flags: [String] = []
        if !reward.isEmpty {
            let list = reward.map { $0.contains(":") ? $0 : "{kind: \($0)}" }
            flags.append("rewards=[\(list.joined(separator: ", "))]")
        }
        if let test { flags.append("data.test=\(test)") }
        if let groupSize { flags.append("rollout.group_size=\(groupSize)") }
        if let promptsPerStep { flags.append("rollout.prompts_per_step=\(promptsPerStep)") }
        if let maxNewTokens { flags.append("rollout.max_new_tokens=\(maxNewTokens)") }
        return flags + options.all
    }
}
