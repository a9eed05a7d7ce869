import ArgumentParser
import Foundation
import GRPO
import LanguageModels
import Torch

/// `grpo eval`: how many prompts a model solves, or which of two solves more.
struct EvaluateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "eval",
        abstract:
            "Measures accuracy, pass@k and majority@k with 95 % intervals; compares two models.",
        discussion: """
            A completion is solved where the first reward gives 1. With two models, both get the \
            same prompts and random numbers, and a paired test says whether one is better. What was \
            measured before with the same weights, data, rewards and settings is not measured \
            again: it is kept in $XDG_CACHE_HOME/swift-grpo/eval (~/.cache/swift-grpo/eval). See \
            Documentation/evaluation.md for what each number means.
            """)

    @Argument(help: ArgumentHelp("The model folder, or two to compare.", valueName: "model"))
    var models: [String]

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

    @Option(help: "The k of majority@k, at most the samples; may be given several times.")
    var majorityAt: [Int] = []

    @Option(help: "The most completions that are sampled at the same time; less memory.")
    var concurrentCompletions: Int?

    @Option(help: "The share of completions that rewards may fail on.")
    var maxFailureShare = 0.5

    @Flag(
        inversion: .prefixedNo,
        help: "Use what was measured before. By default, unless a reward is a program or a server.")
    var cache: Bool?

    @OptionGroup var adapter: AdapterOptions
    @OptionGroup var generation: GenerationOptions
    @OptionGroup var device: DeviceOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard 1...2 ~= models.count else {
            throw ValidationError("expected one model, or two to compare; found \(models.count).")
        }
        if models.count == 2, adapter.adapter != nil {
            throw ValidationError(
                "--adapter is of one model. Give the adapter's own folder in the model's place: it "
                    + "names its model.")
        }
        if samples < 1 { throw ValidationError("--samples \(samples): expected 1 or more.") }
        if let limit, limit < 1 { throw ValidationError("--limit \(limit): expected 1 or more.") }
        if let concurrentCompletions, concurrentCompletions < 1 {
            throw ValidationError(
                "--concurrent-completions \(concurrentCompletions): expected 1 or more.")
        }
        for (flag, list) in [("--pass-at", passAt), ("--majority-at", majorityAt)] {
            for k in list where k < 1 || k > samples {
                throw ValidationError("\(flag) \(k): expected 1 to \(samples), the --samples.")
            }
        }
        if !(0...1).contains(maxFailureShare) {
            throw ValidationError("--max-failure-share \(maxFailureShare): expected 0 to 1.")
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
        rows.limit = limit
        var settings = EvaluationSettings(
            generation: generation.settings, samples: samples, passAt: passAt,
            majorityAt: majorityAt, seed: generation.seed)
        settings.maxFailureShare = maxFailureShare
        settings.generation.concurrentCompletions = concurrentCompletions
        let measurement = EvaluationMeasurement(
            data: rows, rewards: try RewardConfiguration.list(reward), settings: settings,
            device: try device.resolved(), cache: cache, terminal: terminal)
        var reports: [EvaluationReport] = []
        for model in models {
            reports.append(
                try await measurement.report(of: URL(filePath: model), adapter: adapter.folder))
        }
        guard reports.count == 2 else {
            terminal.jsonLine(reports[0].json)
            return EvaluationText(reports[0], settings: settings).show(in: terminal)
        }
        let comparison = EvaluationComparison(reports[0], reports[1])
        terminal.jsonLine(comparison.json)
        ComparisonText(comparison, names: models, settings: settings).show(in: terminal)
    }
}
