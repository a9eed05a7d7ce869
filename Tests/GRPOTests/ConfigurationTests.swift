import Foundation
import NeuralNetwork
import Rewards
import Testing

@testable import GRPO

/// The least that a configuration must say.
let leastYAML = """
    model: models/tiny
    output: runs/one
    data:
      train: train.jsonl
    rewards:
      - kind: exact
    training:
      steps: 10

    """

/// The words of the error that a body throws.
func complaint(_ body: () throws -> Void) -> String {
    do {
        try body()
        return "no error"
    } catch {
        return "\(error)"
    }
}

/// The folder of the examples that the repository ships.
private let examples = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Examples")

@Suite struct ConfigurationTests {
    @Test func whatIsNotWrittenHasItsDefault() throws {
        let configuration = try Configuration(yaml: leastYAML)
        #expect(
            configuration
                == Configuration(
                    run: Configuration.Run(model: "models/tiny", output: "runs/one"),
                    data: Configuration.Data(train: "train.jsonl"),
                    rewards: [RewardConfiguration(kind: .exact)],
                    training: Configuration.Training(steps: 10)))
        #expect(configuration.rollout.groupSize == 8)
        #expect(configuration.data.prompt.text == "{prompt}")
    }

    @Test func aSectionWithAllItsKeysCommentedOutHasItsDefaults() throws {
        let configuration = try Configuration(yaml: leastYAML + "rollout:\n  # group_size: 4\n")
        #expect(configuration.rollout == Configuration.Rollout())
    }

    @Test func whatIsWrittenReadsBackEqual() throws {
        var configuration = try Configuration(yaml: leastYAML)
        configuration.run.model = "/models/name with spaces: #1 \"é\" 😀\u{7F}"
        configuration.run.device = .cuda(1)
        configuration.reference = "no"
        configuration.data.prompt = try PromptTemplate("Q: {question}\n{{A}}:\t")
        configuration.data.answer = try PromptTemplate("{a}")
        configuration.data.limit = 7
        configuration.rollout.stop = ["\n\n", "1e5", "null", "- x"]
        configuration.preset = .gspo
        configuration.algorithm = .grpo
        configuration.objective.advantage = .passAtK(epsilon: 1e-6)
        configuration.objective.ratio = .sequence
        configuration.objective.trustRegion = .gammaWeight()
        configuration.objective.aggregation = .constantLength(64)
        configuration.objective.kl.coefficient = 0.04
        configuration.objective.kl.target = 0.1
        configuration.objective.entropy = .adaptive(target: 0.3)
        configuration.objective.truncated = .penalize(SoftOverlongPenalty(buffer: 9, weight: 2))
        configuration.rollout.filter = .meanBetween(0.1, 0.9)
        configuration.rollout.reserve = 5
        configuration.rollout.concurrentCompletions = 6
        configuration.rollout.ignoreStop = true
        configuration.referenceUpdate = .mixed(share: 0.5, every: 3)
        configuration.optimizer.learningRate = 3e-300
        configuration.optimizer.schedule = .cosine
        configuration.rewards = RewardConfiguration.Kind.allCases.map(RewardConfiguration.init)
        configuration.rewards[0].extract = .after("####")
        configuration.rewards[1].extract = .pattern(#"\boxed\{(.*)\}"#)
        configuration.rewards[1].tolerance = 1e-6
        configuration.rewards[3].maximum = 100
        configuration.rewards[3].ramp = WeightRamp(to: 0, steps: 9, shape: .cosine)
        configuration.rewards[3].unit = .words
        configuration.rewards[4].expression = "[a-z]+ #"
        configuration.rewards[9].external.command = .init(words: ["sh", "a b.sh"])
        configuration.rewards[10].external.url = "http://localhost:8000/"
        let text = configuration.yamlText
        #expect(try Configuration(yaml: text) == configuration)
        #expect(try Configuration(yaml: text).yamlText == text)
    }

    @Test func everyKindOfRewardCanBeMade() throws {
        var rewards = RewardConfiguration.Kind.allCases.map(RewardConfiguration.init)
        rewards[0].extract = .pattern("(.)$")
        rewards[1].name = "correct"
        rewards[1].weight = 2
        rewards[4].expression = "a+"
        rewards[9].external.command = .init(words: ["sh"])
        rewards[10].external.url = "http://localhost:8000/"
        let made = try rewards.map { try $0.reward() }
        #expect(
            made.map(\.name) == [
                "exact", "correct", "countdown", "length", "pattern", "math", "choice", "tags",
                "json", "program", "http",
            ])
        #expect(made.map(\.weight) == [1, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1])
    }

    @Test func theResolvedFormIsStable() throws {
        #expect(
            try Configuration(yaml: leastYAML).yamlText == """
                preset: null
                model: models/tiny
                output: runs/one
                seed: 0
                device: auto
                threads: 0
                save_dtype: null
                shard_gigabytes: 5.0
                algorithm: grpo
                reference: null
                reference_update: frozen
                lora:
                  rank: 0
                  alpha: 32.0
                  targets: all-linear
                  rank_pattern: {}
                  alpha_pattern: {}
                  rank_stabilized: false
                  dropout: 0.0
                  adapter: null
                  frozen_type: null
                data:
                  train: train.jsonl
                  test: null
                  prompt: "{prompt}"
                  answer: "{answer}"
                  chat:
                    apply: messages
                    system: null
                    generation_prompt: true
                    enable_thinking: null
                    tools: null
                    variables: null
                    date: null
                  skip: 0
                  limit: null
                rewards:
                  - kind: exact
                    name: null
                    weight: 1.0
                    ramp: null
                    on_failure: drop
                    extract: whole
                    ignore_case: false
                rollout:
                  prompts_per_step: 16
                  group_size: 8
                  max_new_tokens: 256
                  temperature: 1.0
                  top_k: 0
                  top_p: 1.0
                  min_p: 0.0
                  filter: none
                  reserve: 0
                  stop: []
                  concurrent_completions: 0
                  ignore_stop: false
                objective:
                  advantage:
                    kind: mean_std
                    epsilon: 0.0001
                    deviation: sample
                  ratio: token
                  trust_region:
                    kind: clip
                    low: 0.2
                    high: 0.2
                  aggregation: token_mean
                  kl:
                    coefficient: 0.0
                    estimator: k3
                    place: loss
                    correction: none
                    target: null
                    horizon: 10000.0
                  entropy: none
                  truncated: train
                  counts_empty: true
                  top_entropy_share: 1.0
                  off_policy_threshold: null
                  passes: 1
                  mini_batches: 1
                optimizer:
                  learning_rate: 1.0e-06
                  schedule: linear
                  warmup_steps: 0
                  weight_decay: 0.0
                  beta1: 0.9
                  beta2: 0.999
                  epsilon: 1.0e-08
                  max_gradient_norm: 1.0
                training:
                  steps: 10
                  micro_batch_tokens: 16384
                  save_every: 0
                  checkpoint_every: 0
                  keep_checkpoints: 2
                  gradient_checkpointing: false
                  max_failure_share: 0.5
                  max_nonfinite_steps: 3
                  on_save_failure: continue
                  memory_check: true
                evaluate:
                  every: 0
                  samples: 1
                  pass_at: []
                  majority_at: []
                  limit: null
                  best: accuracy/greedy

                """)
    }

    @Test func theExamplesAreRightAndShowEveryDefault() throws {
        let train = try Configuration.read(file: examples.appending(path: "train.yaml").path)
        #expect(train.rollout == Configuration.Rollout())
        #expect(train.objective == Configuration.Objective())
        #expect(train.optimizer == Configuration.Optimizer())
        #expect(train.rewards.map(\.label) == ["correct", "length"])
        let supervised = try SupervisedConfiguration.read(
            file: examples.appending(path: "sft.yaml").path)
        #expect(supervised.optimizer.learningRate == 2e-5)
        #expect(supervised.training == SupervisedConfiguration.Training(epochs: 3))
        for (keys, name) in [
            (Configuration.keys, "train.yaml"), (SupervisedConfiguration.keys, "sft.yaml"),
        ] {
            let text = try String(contentsOf: examples.appending(path: name), encoding: .utf8)
            for key in keys {
                let word = key.path.split(separator: ".").last ?? ""
                #expect(text.contains(word), "\(name) does not show \(key.path)")
            }
        }
    }

    @Test func theTableOfKeysSaysTypeDefaultRangeAndMeaning() {
        let keys = Configuration.keys
        #expect(Set(keys.map(\.path)).count == keys.count)
        #expect(keys.allSatisfy { !$0.type.isEmpty && $0.meaning.hasSuffix(".") })
        #expect(
            keys.first { $0.path == "rollout.group_size" }
                == ConfigurationKey(
                    path: "rollout.group_size", type: "a whole number", defaultValue: "8",
                    allowed: "2 or more",
                    meaning: "G, completions a prompt (TRL: num_generations)."))
        #expect(
            keys.filter { $0.defaultValue == nil }.map(\.path) == [
                "model", "output", "data.train", "rewards", "rewards.N.kind",
                "rewards.N.expression", "rewards.N.command", "rewards.N.url", "training.steps",
            ])
    }

    @Test func aSupervisedRunHasEitherStepsOrEpochs() throws {
        let start = """
            model: m
            output: o
            data: {train: t.jsonl}
            training: {batch_size: 4
            """
        let configuration = try SupervisedConfiguration(yaml: start + ", steps: 3}")
        #expect(configuration.training.steps == 3)
        #expect(try SupervisedConfiguration(yaml: configuration.yamlText) == configuration)
        for (end, found) in [
            ("}", "neither training.steps nor training.epochs"), (", steps: 3, epochs: 1}", "both"),
        ] {
            #expect(
                complaint { _ = try SupervisedConfiguration(yaml: start + end, source: "sft.yaml") }
                    == "sft.yaml:4: training: expected either training.steps or training.epochs, "
                    + "found \(found). They say how long the run is. Set one of them; null takes "
                    + "the other back.")
        }
    }

    @Test func numbersAreReadAsTheirKeysMeanThem() throws {
        for (text, value) in [("1e-5", 1e-5), ("1", 1), (".5", 0.5), ("1.5E+0", 1.5)] {
            let yaml = leastYAML + "optimizer: {learning_rate: \(text)}\n"
            #expect(try Configuration(yaml: yaml).optimizer.learningRate == value)
        }
    }
}
