import ArgumentParser
import Foundation
import GRPO
import LanguageModels
import Torch

/// `grpo eval`: how many prompts a model solves.
struct EvaluateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "eval",
        abstract: "Measures accuracy, greedy and sampled, and pass@k, with 95 % intervals.",
        discussion: "A completion is solved where the first reward gives 1.")

    @Argument(help: "The model folder.")
    var model: String

    @Option(help: "JSON Lines file with the prompts.")
    var data: String

    @Option(help: "exact, number, countdown, or a reward in YAML; the first decides.")
    var reward = ["exact"]

    @Option(help: "The prompt, made from a row: \"Q: {question}\\nA: \".")
    var prompt = "{prompt}"

    @Option(help: "The right answer, made from a row.")
    var answer = "{answer}"

    @Option(help: "Only the first rows.")
    var limit: Int?

    @Option(help: "Samples a prompt.")
    var samples = 1

    @Option(help: "The k of pass@k, at most the samples; may be given several times.")
    var passAt: [Int] = []

    @OptionGroup var adapter: AdapterOptions
    @OptionGroup var generation: GenerationOptions
    @OptionGroup var device: DeviceOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if samples < 1 { throw ValidationError("--samples \(samples): expected 1 or more.") }
        if let limit, limit < 1 { throw ValidationError("--limit \(limit): expected 1 or more.") }
        for k in passAt where k < 1 || k > samples {
            throw ValidationError("--pass-at \(k): expected 1 to \(samples), the --samples.")
        }
        if generation.temperature == 0 {
            throw ValidationError(
                "--temperature 0: the greedy accuracy is always measured; this temperature is "
                    + "that of the samples. Use one above 0.")
        }
    }

    func run() async throws {
        let terminal = output.terminal
        var rows = Configuration.Data(train: data)
        rows.prompt = try PromptTemplate(prompt.replacingOccurrences(of: "\\n", with: "\n"))
        rows.answer = try PromptTemplate(answer.replacingOccurrences(of: "\\n", with: "\n"))
        let model = try LanguageModel.load(
            URL(filePath: model), adapter: adapter.folder, device: try device.resolved())
        let rewards = try RewardConfiguration.list(reward).flatMap { try $0.rewards() }
        let file = try PromptFile(data, rows, limit: limit, model: model)
        try file.checkLengths(model: model, maxNewTokens: generation.maxNewTokens)
        try file.checkAnswers(for: rewards)
        let report = try await model.evaluate(
            file.prompts, rewards: rewards,
            settings: EvaluationSettings(
                generation: generation.settings, samples: samples, passAt: passAt,
                seed: generation.seed))
        terminal.jsonLine(report.json)
        terminal.result("\(report.count) prompts")
        if report.failed > 0 {
            terminal.warning(
                "the first reward failed on \(report.failed) completions, which are left out")
        }
        for (name, estimate) in report.estimates {
            let label = name.padding(toLength: 18, withPad: " ", startingAt: 0)
            terminal.result("\(label)\(TextFormat.interval(estimate))")
        }
        terminal.result("mean length       \(String(format: "%.1f", report.meanLength)) tokens")
        terminal.result("truncated         \(TextFormat.percent(report.truncated))")
    }
}
