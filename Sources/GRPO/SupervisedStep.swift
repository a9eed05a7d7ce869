public import LanguageModels
public import NeuralNetwork
import Tokenizers
import Torch

/// A prompt with the answer to learn.
public struct SupervisedExample: Sendable {
    /// The prompt's token ids.
    public var prompt: [Int]
    /// The answer's token ids, with the stop token that ends it.
    public var answer: [Int]

    /// A pair of texts, encoded; the answer ends with the tokenizer's end-of-text token.
    public init(prompt: String, answer: String, model: LanguageModel) {
        self.prompt = model.tokenizer.encode(prompt)
        self.answer =
            model.tokenizer.encode(answer) + (model.tokenizer.endOfTextToken.map { [$0] } ?? [])
    }
}

/// One step of supervised fine-tuning: the mean negative log-probability of the answers' tokens.
public final class SupervisedStep {
    private let model: LanguageModel
    private let optimizer: AdamW
    private let microBatchTokens: Int
    private let maxGradientNorm: Double
    private let seed: UInt64

    /// A step that trains `model`, or its adapter where it has one.
    public init(
        model: LanguageModel, optimizer: AdamW.Settings, microBatchTokens: Int,
        maxGradientNorm: Double, seed: UInt64 = 0
    ) {
        self.model = model
        self.seed = seed
        self.optimizer = AdamW(model.decoder.trainableParameters, settings: optimizer)
        self.microBatchTokens = microBatchTokens
        self.maxGradientNorm = maxGradientNorm
    }

    /// The tensors that it changes.
    var networks: TrainedNetworks {
        TrainedNetworks(model: model, optimizers: [("optimizer", optimizer)])
    }

    /// The numbers of one step.
    public struct Metrics: Sendable, Equatable {
        /// The mean negative log-probability of an answer's token, in nats.
        public let loss: Double
        /// The norm of the gradient before clipping.
        public let gradientNorm: Double
        /// The answers' tokens.
        public let tokens: Int
    }

    /// Updates once on these examples; the loss is on the answers' tokens only.
    ///
    /// An adapter's dropout is derived from the seed and `step`, that of the run from 0.
    public func callAsFunction(
        _ examples: [SupervisedExample], step: Int = 0, learningRate: Double
    ) -> Metrics {
        // The pair is a group of one completion; every other part is the policy update's.
        let groups = examples.map { example in
            TrainingGroup(
                prompt: example.prompt,
                sequences: [
                    TrainingSequence(tokens: example.answer, oldLogProbabilities: [], advantage: 0)
                ])
        }
        let tokens = examples.reduce(0) { $0 + $1.answer.count }
        var loss = 0.0
        let batches = microBatches(groups, tokenBudget: microBatchTokens)
        for (pass, groups) in batches.enumerated() {
            let packed = Profile.span(.batches) {
                PackedSequences(
                    groups.map {
                        TokenGroup(prompt: $0.prompt, completions: $0.sequences.map(\.tokens))
                    },
                    device: model.decoder.device)
            }
            model.decoder.withDropout(seed, step, pass) {
                let now = Profile.span(.forward) { model.tokenStatistics(packed, temperature: 1) }
                let part = -now.logProbabilities.sum() / Double(tokens)
                Profile.span(.backward) { part.backward() }
                loss += part.detached().item
            }
        }
        let norm = optimizer.update(clippedTo: maxGradientNorm, rate: learningRate)
        return Metrics(loss: loss, gradientNorm: norm, tokens: tokens)
    }
}
