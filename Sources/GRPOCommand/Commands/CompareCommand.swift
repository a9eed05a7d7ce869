import ArgumentParser
import Foundation
import GRPO
import LanguageModels
import Torch

/// `grpo compare`: the article's claims, measured.
struct CompareCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract:
            "Trains GRPO, PPO, RLOO and REINFORCE side by side and reports what was measured.",
        discussion: """
            From the same warm start, on the same prompts, for the same generated tokens and again \
            for the same seconds, over several seeds. Each training is a process of its own, so \
            that its memory is its own. Writes comparison.json, report.md and report.html. Without \
            --model it makes the demo's task and its warm start.
            """)

    @Option(help: "Folder of the warm start; needs --train and --test.")
    var model: String?

    @Option(help: "JSON Lines file with the training prompts.")
    var train: String?

    @Option(help: "JSON Lines file with the held-out prompts.")
    var test: String?

    @Option(help: "Folder of the comparison; by default the first free runs/compare-N.")
    var folder: String?

    @Option(help: "How many seeds, from 0.")
    var seeds = 3

    @Option(help: "Generated tokens a training.")
    var tokens = 300_000

    @Option(help: "Seconds a training, evaluations apart.")
    var seconds = 30.0

    @Option(help: "The most tokens of a completion.")
    var maxNewTokens = 8

    @Option(help: "The largest learning rate.")
    var learningRate = 3e-4

    @Option(help: "Steps of the warm start, where the task is the demo's.")
    var warmSteps = 200

    @Option(help: .hidden)
    var job: String?

    @OptionGroup var output: OutputOptions

    func validate() throws {
        let given = [model, train, test].compactMap(\.self).count
        if given != 0, given != 3 {
            throw ValidationError("--model, --train and --test: give all three, or none.")
        }
        if seeds < 1 || tokens < 1 || seconds <= 0 || maxNewTokens < 1 || learningRate <= 0 {
            throw ValidationError(
                "--seeds, --tokens, --seconds, --max-new-tokens and --learning-rate: "
                    + "expected more than 0.")
        }
    }

    func run() async throws {
        if let job { return try await ComparisonJob.run(file: URL(filePath: job)) }
        let terminal = output.terminal
        let place = URL(filePath: folder ?? firstFreeFolder("runs/compare"))
        try RunFolder.checkIsNew(place)
        do {
            let comparison = try prepare(place, terminal)
            let result = try comparison.measure()
            try result.json().write(to: place.appending(path: "comparison.json"))
            try Data(ComparisonReport.markdown(result).utf8)
                .write(to: place.appending(path: "report.md"))
            try Data(ComparisonReport.html(result).utf8)
                .write(to: place.appending(path: "report.html"))
            terminal.note("")
            terminal.result(ComparisonReport.markdown(result))
            terminal.result("The reports are in \(place.relativePath).")
        } catch let code as ExitCode {
            throw code
        } catch {
            throw RunFailure(underlying: error)
        }
    }

    private func prepare(_ place: URL, _ terminal: Terminal) throws -> ComparisonRunner {
        var settings: ComparisonSettings
        if let model, let train, let test {
            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
            settings = ComparisonSettings(
                model: model, train: train, test: test, tokenBudget: tokens, secondsBudget: seconds)
        } else {
            let demo = Demo(folder: place, seed: 0, terminal: terminal)
            try demo.prepare()
            let warm = try demo.warmUp(steps: warmSteps)
            settings = ComparisonSettings(
                model: warm.path, train: place.appending(path: "data/train.jsonl").path,
                test: place.appending(path: "data/test.jsonl").path, tokenBudget: tokens,
                secondsBudget: seconds)
        }
        settings.maxNewTokens = maxNewTokens
        settings.learningRate = learningRate
        return ComparisonRunner(
            folder: place, settings: settings, seeds: (0..<UInt64(seeds)).map { $0 },
            task: model == nil
                ? "sums of six digits, after a warm start of \(warmSteps) steps" : train ?? "",
            command: "grpo compare "
                + CommandLine.arguments.dropFirst(2).joined(separator: " "),
            terminal: terminal)
    }
}
