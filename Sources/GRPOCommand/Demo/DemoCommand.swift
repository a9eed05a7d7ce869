import ArgumentParser
import Foundation
import GRPO

/// `grpo demo`: a language model learns from rewards, in minutes, on a CPU.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Makes a small model, warms it up, trains it with GRPO, and shows both.",
        discussion: """
            The task is the sum of six digits. The warm start learns from 2,000 answered problems \
            for a short while, too short to get it right; GRPO then goes on from rewards alone: 1 \
            for a right answer, 0 for a wrong one. All it does can be done with init, sft, train \
            and eval; the configurations lie in the run's folder.
            """)

    @Option(help: "Folder of the demo; by default the first free runs/demo-N.")
    var folder: String?

    @Option(help: "Seed of the model, the data and the sampling.")
    var seed = 0

    @Option(help: "Steps of the warm start.")
    var warmSteps = 200

    @Option(help: "Steps of GRPO.")
    var steps = 1500

    @OptionGroup var profiling: ProfileOptions

    @OptionGroup var output: OutputOptions

    func validate() throws {
        if seed < 0 { throw ValidationError("--seed \(seed): expected 0 or more.") }
        if warmSteps < 1 || steps < 1 {
            throw ValidationError("--warm-steps and --steps: expected 1 or more.")
        }
    }

    func run() async throws {
        let clock = ContinuousClock.now
        let terminal = output.terminal
        let place = URL(filePath: folder ?? firstFreeFolder("runs/demo"))
        let demo = Demo(
            folder: place, seed: seed, terminal: terminal, recording: profiling.recording())
        try RunFolder.checkIsNew(place)
        do {
            try demo.prepare()
            let warm = try demo.warmUp(steps: warmSteps)
            let before = try await demo.evaluate(warm)
            terminal.note("")
            let (trained, rewards, finished) = try await demo.train(from: warm, steps: steps)
            let after = try await demo.evaluate(trained)
            demo.show(before: before, after: after, rewards: rewards)
            let seconds = (ContinuousClock.now - clock) / .seconds(1)
            terminal.result("")
            terminal.result("The run is in \(place.relativePath), \(TextFormat.seconds(seconds)).")
            if !finished { throw ExitCode(130) }
        } catch let code as ExitCode {
            throw code
        } catch {
            throw RunFailure(underlying: error)
        }
    }
}
