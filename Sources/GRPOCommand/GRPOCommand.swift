import ArgumentParser
import Foundation
import Rewards
import Torch

/// The program `grpo`.
@main
struct GRPOCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grpo",
        abstract: "Trains language models with Group Relative Policy Optimization.",
        discussion: """
            Try `grpo demo` first. A real run is init (or a model folder from the hub), \
            sft for a warm start, train, eval:

              grpo init model --size nano
              grpo sft --model model --train pairs.jsonl --output warm --steps 300
              grpo train --model warm/model --train problems.jsonl --output run \\
                --reward number --steps 200
              grpo eval run/model --data test.jsonl --reward number
            """,
        version: "0.1.0 (libtorch \(Library.headerVersion))",
        subcommands: [
            DemoCommand.self, InitCommand.self, SupervisedCommand.self, TrainCommand.self,
            ResumeCommand.self, ForkCommand.self, LintCommand.self, EvaluateCommand.self,
            GenerateCommand.self, InspectCommand.self, MergeCommand.self,
            CompareCommand.self, ConfigCommand.self, LogitsCommand.self, RenderCommand.self,
        ])

    /// Runs the command line; every error becomes a message and an exit code.
    ///
    /// 0: done. 1: the run failed on its way. 2: bad input, nothing was written. 130: interrupted.
    /// 143: ended by SIGTERM.
    static func main() async {
        let words = CommandLine.arguments
        // Before anything that could start a thread: namespaces are for a process of one alone.
        if words.dropFirst().first == SandboxLauncher.subcommand {
            SandboxLauncher.run(Array(words.dropFirst(2)))
        }
        StandardStreams.prepare()
        Library.returnLargeBlocks()
        if let mismatch = Library.versionMismatch {
            Terminal(quiet: false, json: false).warning(mismatch)
        }
        do {
            try await withTaskExecutorPreference(TensorThread.shared) { try await perform() }
        } catch {
            exit(withReport: error)
        }
    }

    /// On the thread that all tensor work is done on.
    private nonisolated static func perform() async throws {
        var command = try parseAsRoot()
        if var command = command as? any AsyncParsableCommand {
            try await command.run()
        } else {
            try command.run()
        }
    }

    private static func exit(withReport error: any Error) -> Never {
        if error is CleanExit || exitCode(for: error).isSuccess {
            exit(withError: error)
        }
        if let code = error as? ExitCode { Foundation.exit(code.rawValue) }
        let failedLate = (error as? RunFailure)?.underlying
        let message =
            isParserError(error) ? fullMessage(for: error) : "grpo: \(failedLate ?? error)"
        FileHandle.standardError.write(Data((message + "\n").utf8))
        Foundation.exit(failedLate == nil ? 2 : 1)
    }

    /// Errors that ArgumentParser words itself.
    private static func isParserError(_ error: any Error) -> Bool {
        error is ValidationError || "\(type(of: error))" == "CommandError"
    }
}

/// An error after a run has begun: what was written before it stays.
struct RunFailure: Error {
    let underlying: any Error
}
