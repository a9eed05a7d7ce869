import Foundation
import GRPO
import LanguageModels
import NeuralNetwork
import Rewards

/// The stages of the demo, each what the command of that name does.
struct Demo {
    let folder: URL
    let seed: Int
    let terminal: Terminal
    var recording = ProfileRecording(profile: nil)

    /// Operations this small are faster on one thread, and their sums are then the same everywhere.
    private static let threads = 1

    private func path(_ name: String) -> String { folder.appending(path: name).relativePath }

    /// Writes the data and a new model.
    func prepare() throws {
        let task = DemoTask(seed: UInt64(seed))
        try task.write(to: folder.appending(path: "data"))
        let model = try LanguageModel(random: DecoderConfiguration(.nano), seed: UInt64(seed))
        try model.save(to: folder.appending(path: "new"))
        let count = TextFormat.count(model.decoder.configuration.parameterCount)
        terminal.note("A new model of \(count) parameters; problems such as \"3+9+0+7+5+5=\".")
    }

    /// The warm start.
    ///
    /// - Returns: where its model is.
    func warmUp(steps: Int) throws -> URL {
        var run = Configuration.Run(model: path("new"), output: path("warm"))
        (run.seed, run.threads) = (seed, Self.threads)
        var configuration = SupervisedConfiguration(
            run: run, data: Configuration.Data(train: path("data/pairs.jsonl")),
            training: SupervisedConfiguration.Training(steps: steps))
        configuration.training.batchSize = 64
        configuration.optimizer.learningRate = 1e-3
        configuration.optimizer.schedule = .constant
        configuration.optimizer.warmupSteps = min(20, steps)
        configuration.optimizer.beta2 = 0.99
        let warmUp = try SupervisedRun(configuration)
        let reporter = RunReporter(terminal, label: "sft ", total: steps)
        defer { reporter.finish() }
        return try warmUp.run(report: reporter.showSteps).model
    }

    /// GRPO from the warm model.
    func train(from warm: URL, steps: Int) async throws -> (URL, rewards: [Double], Bool) {
        var run = Configuration.Run(model: warm.relativePath, output: path("grpo"))
        (run.seed, run.threads) = (seed, Self.threads)
        var configuration = Configuration(
            run: run, data: Configuration.Data(train: path("data/train.jsonl")),
            rewards: try RewardConfiguration.list(["exact"]),
            training: Configuration.Training(steps: steps))
        configuration.rollout.promptsPerStep = 32
        configuration.rollout.maxNewTokens = 8
        configuration.optimizer.learningRate = 3e-4
        configuration.optimizer.schedule = .linear
        configuration.optimizer.warmupSteps = min(10, steps)
        configuration.optimizer.beta2 = 0.99
        let training = try recording { try TrainingRun(configuration) }
        defer { recording.finish(in: configuration.run.output, terminal) }
        let interruption = Interruption(terminal)
        interruption.begin()
        let reporter = RunReporter(terminal, label: "grpo", total: steps)
        defer { reporter.finish() }
        var rewards: [Double] = []
        let outcome = try await recording {
            try await training.run(
                stop: interruption.stop,
                report: { event in
                    if case .step(let metrics) = event { rewards.append(metrics.reward) }
                    reporter.showSteps(event)
                })
        }
        return (outcome.model, rewards, !interruption.isRequested)
    }

    /// Greedy and sampled accuracy on the held-out problems.
    func evaluate(_ place: URL) async throws -> EvaluationReport {
        let model = try LanguageModel(folder: place)
        let data = Configuration.Data(train: path("data/test.jsonl"))
        let file = try PromptFile(data.train, data, limit: nil, model: model)
        return try await model.evaluate(
            file.prompts, rewards: [.exactMatch()],
            settings: EvaluationSettings(
                generation: GenerationSettings(maxNewTokens: 8), seed: UInt64(seed)))
    }

    func show(before: EvaluationReport, after: EvaluationReport, rewards: [Double]) {
        for line in Plot.lines(
            rewards, width: min(70, terminal.width), height: 9,
            title: "reward by step of GRPO", usesColor: terminal.usesColor)
        {
            terminal.note(line)
        }
        terminal.note("")
        terminal.note("  problem        answer  warm start    after GRPO")
        let outcomes = zip(before.outcomes, after.outcomes)
        for (problem, (old, new)) in zip(DemoTask(seed: UInt64(seed)).test, outcomes).prefix(3) {
            let columns = [
                (problem.prompt, 15), (problem.answer, 8),
                (TextFormat.printable(old.greedyText), 14),
                (TextFormat.printable(new.greedyText), 0),
            ]
            let cells = columns.map { text, width in
                text.padding(toLength: max(width, text.count), withPad: " ", startingAt: 0)
            }
            terminal.note("  " + cells.joined())
        }
        terminal.note("")
        terminal.result("Accuracy on \(before.count) held-out problems, with 95 % intervals:")
        for (old, new) in zip(before.measures, after.measures)
        where old.name.hasPrefix("accuracy/") {
            let kind = old.name.replacingOccurrences(of: "accuracy/", with: "")
                .padding(toLength: 8, withPad: " ", startingAt: 0)
            terminal.result(
                "  \(kind) \(TextFormat.interval(old.estimate))  →  "
                    + TextFormat.interval(new.estimate))
        }
        terminal.jsonLine("{\"before\":\(before.json),\"after\":\(after.json)}")
    }
}
