public import Foundation
import LanguageModels

/// A short run of the program whose end is the same however often it is killed on its way.
public struct ResumableRun: Sendable, CustomStringConvertible {
    /// What it shows.
    public let name: String
    /// The command, with all but the output.
    public let arguments: [String]
    /// Its steps.
    public let steps: Int

    /// The name.
    public var description: String { name }

    private init(_ name: String, steps: Int = 4, _ arguments: [String]) {
        (self.name, self.steps) = (name, steps)
        self.arguments =
            arguments + [
                "--model", "model", "--train", "data.jsonl", "--prompt", "{q}=", "--answer", "{a}",
                "--steps", "\(steps)", "--checkpoint-every", "1", "--learning-rate", "1e-3",
                "--quiet",
            ]
    }

    /// The same, longer, so that there is time to end it.
    public func longer(steps: Int) -> ResumableRun {
        ResumableRun(name: name, steps: steps, all: arguments + ["--steps", "\(steps)"])
    }

    private init(name: String, steps: Int, all arguments: [String]) {
        (self.name, self.steps, self.arguments) = (name, steps, arguments)
    }

    private static func train(_ name: String, _ settings: [String]) -> ResumableRun {
        ResumableRun(
            name,
            [
                "train", "--reward", "{kind: pattern, expression: '[a-m]'}", "--reward",
                "{kind: pattern, name: capital, expression: '[A-Z]', weight: 0.3}",
                "--group-size", "4", "--prompts-per-step", "4", "--max-new-tokens", "6", "--test",
                "data.jsonl", "--set", "evaluate.limit=4", "--set",
                "evaluate.every=2", "--set", "training.save_every=2", "--set",
                "training.micro_batch_tokens=64", "--set", "objective.passes=2",
            ] + settings.flatMap { ["--set", $0] })
    }

    /// Full and adapter training, both algorithms, several passes and mini-batches.
    public static let all = [
        train(
            "full GRPO, 2 passes of 2 mini-batches, a reference that moves",
            [
                "objective.mini_batches=2", "objective.kl.coefficient=0.1",
                "reference_update={kind: mixed, share: 0.5, every: 2}", "optimizer.warmup_steps=2",
            ]),
        train(
            "adapter GRPO, 2 passes of 2 mini-batches, dropout",
            [
                "objective.mini_batches=2", "lora.rank=4", "lora.dropout=0.1",
                "objective.kl.coefficient=0.1",
            ]),
        train("full PPO, 2 passes", ["algorithm=ppo", "objective.kl.coefficient=0.1"]),
        train("adapter PPO, 2 passes", ["algorithm=ppo", "lora.rank=4"]),
        train(
            "full GRPO, dynamic sampling and an entropy that is steered",
            [
                "objective.mini_batches=2", "rollout.filter=signal", "rollout.reserve=8",
                "objective.entropy={kind: adaptive, target: 2}",
            ]),
        train(
            "adapter GRPO, a reward program",
            [
                "objective.mini_batches=2", "lora.rank=4",
                "rewards=[{kind: program, name: judge, command: [sh, reward.sh]}]",
            ]),
    ]

    /// Supervised training.
    public static let supervised = ResumableRun(
        "supervised", steps: 6, ["sft", "--batch-size", "4"])

    /// Writes the model and the data that the runs are of.
    public static func prepare(_ folder: URL) throws {
        var shape = DecoderConfiguration(.nano)
        shape.tiesEmbeddings = true
        shape.contextLength = 64
        (shape.hiddenSize, shape.layerCount, shape.feedForwardSize) = (64, 2, 96)
        (shape.headCount, shape.keyValueHeadCount, shape.headWidth) = (4, 2, 16)
        try LanguageModel(random: shape, seed: 1).save(to: folder.appending(path: "model"))
        let rows = (0..<24).map { "{\"q\": \"\($0)+1\", \"a\": \"\($0 + 1)\"}\n" }
        try Data(rows.joined().utf8).write(to: folder.appending(path: "data.jsonl"))
        // The score is of the completion alone: a resumed run counts its requests anew.
        let script = """
            while read -r line; do
              id=${line#*:}; id=${id%%,*}; text=${line#*\\"completion\\":\\"}; text=${text%%\\"*}
              echo "{\\"id\\":$id,\\"reward\\":$((${#text} % 3))}"
            done

            """
        try Data(script.utf8).write(to: folder.appending(path: "reward.sh"))
    }
}
