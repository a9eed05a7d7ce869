import ArgumentParser
import Foundation
import GRPO

// A run in the terminal, whichever command began it.

extension TrainingRun {
    /// Trains to the end or until a signal ends it, and says where the result is.
    func perform(
        _ recording: ProfileRecording, _ interruption: Interruption, _ terminal: Terminal
    ) async throws {
        defer { recording.finish(in: configuration.run.output, terminal) }
        model.returnActivations()
        MemoryReport(memoryPlan, available: availableMemory).show(in: terminal)
        interruption.begin()
        let reporter = RunReporter(
            terminal, label: "grpo", total: totalSteps, completed: completedSteps)
        let outcome: RunOutcome
        do {
            outcome = try await recording {
                try await run(
                    stop: interruption.stop, takesCheckpoint: { interruption.checkpoint.take() },
                    report: reporter.show)
            }
            reporter.finish()
        } catch {
            reporter.finish()
            throw RunFailure(underlying: error)
        }
        try outcome.show(in: terminal, run: configuration.run.output, interruption)
    }
}

extension SupervisedRun {
    /// Trains to the end or until a signal ends it, and says where the result is.
    func perform(
        _ recording: ProfileRecording, _ interruption: Interruption, _ terminal: Terminal
    ) throws {
        defer { recording.finish(in: configuration.run.output, terminal) }
        model.returnActivations()
        interruption.begin()
        let reporter = RunReporter(
            terminal, label: "sft", total: totalSteps, completed: completedSteps)
        let outcome: RunOutcome
        do {
            outcome = try recording {
                try run(
                    stop: interruption.stop, takesCheckpoint: { interruption.checkpoint.take() },
                    report: reporter.show)
            }
            reporter.finish()
        } catch {
            reporter.finish()
            throw RunFailure(underlying: error)
        }
        try outcome.show(in: terminal, run: configuration.run.output, interruption)
    }
}

extension RunOutcome {
    /// Says where the result is; throws the exit code of a run that was ended.
    fileprivate func show(
        in terminal: Terminal, run: String, _ interruption: Interruption
    ) throws {
        switch self {
        case .finished(let model): terminal.result("The model is in \(model.relativePath)")
        case .interrupted(let checkpoint):
            terminal.result(
                "The checkpoint is in \(checkpoint.relativePath); to go on: grpo resume \(run)")
            throw interruption.exitCode
        }
    }
}
