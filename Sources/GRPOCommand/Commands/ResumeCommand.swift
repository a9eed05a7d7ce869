import ArgumentParser
import Foundation
import GRPO

/// `grpo resume`: goes on with a run.
struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Goes on with a run of train or sft that was ended before its last step.",
        discussion: """
            From its newest checkpoint that is whole: every byte is checked, and one that is damaged \
            is named and left out. On the same machine, with as many threads, the result is that of \
            a run never ended. Start it where the run was started: its paths are relative to there.
            """)

    @Argument(help: ArgumentHelp("The folder of the run.", valueName: "run"))
    var folder: String

    @Flag(help: "Go on although the model, the data or a setting is not what it was.")
    var force = false

    @OptionGroup var profiling: ProfileOptions

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let terminal = output.terminal
        let interruption = Interruption(terminal)
        let recording = profiling.recording()
        let folder = URL(filePath: self.folder)
        if RunKind(of: folder) == .supervised {
            let run = try recording { try SupervisedRun(resuming: folder, isForced: force) }
            try run.perform(recording, interruption, terminal)
        } else {
            let run = try recording { try TrainingRun(resuming: folder, isForced: force) }
            try await run.perform(recording, interruption, terminal)
        }
    }
}

/// `grpo fork`: a new run behind a step of another.
struct ForkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fork",
        abstract: "Starts a new run from a checkpoint of another, under other settings.",
        discussion: "The new run has its own logs, and names its parent in parent.json.")

    @Argument(help: ArgumentHelp("The folder of the run to fork.", valueName: "run"))
    var parent: String

    @Option(help: "The step after which the checkpoint was made.")
    var at: Int

    @Option(name: .customLong("set"), help: "Sets one key, such as optimizer.learning_rate=1e-5.")
    var overrides: [String] = []

    @Option(name: .customLong("output"), help: "Folder of the new run; it must not exist yet.")
    var target: String

    @OptionGroup var profiling: ProfileOptions

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let terminal = output.terminal
        let interruption = Interruption(terminal)
        let recording = profiling.recording()
        let (parent, folder) = (URL(filePath: self.parent), URL(filePath: target))
        if RunKind(of: parent) == .supervised {
            let run = try recording {
                try SupervisedRun(forking: parent, at: at, overrides: overrides, output: folder)
            }
            try run.perform(recording, interruption, terminal)
        } else {
            let run = try recording {
                try TrainingRun(forking: parent, at: at, overrides: overrides, output: folder)
            }
            try await run.perform(recording, interruption, terminal)
        }
    }
}
