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
    private let maxGradientNorm: Double
    private let seed: UInt64
    let safeguards: Safeguards

    /// A step that trains `model`, or its adapter where it has one.
    public init(
        model: LanguageModel, optimizer: AdamW.Settings, microBatchTokens: Int,
        maxGradientNorm: Double, seed: UInt64 = 0, maxNonFiniteSteps: Int = 3
    ) {
        self.model = model
        self.seed = seed
        self.optimizer = AdamW(model.decoder.trainableParameters, settings: optimizer)
        safeguards = Safeguards(
            microBatchTokens: microBatchTokens, maxNonFiniteSteps: maxNonFiniteSteps)
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
        /// Why the step was left out; `nil` where it was made. The prompts are the examples.
        public var nonFinite: NonFiniteUpdate?
    }

    /// Updates once on these examples; the loss is on the answers' tokens only.
    ///
    /// An adapter's dropout is derived from the seed and `step`, that of the run from 0.
    ///
    /// - Throws: `StepInterrupted`, `TrainingMemoryError`, `UpdateMemoryError`, and
    ///   `NonFiniteTrainingError` after too many steps that could not be made; the model is then as
    ///   it was.
    public func callAsFunction(
        _ examples: [SupervisedExample], step: Int = 0, learningRate: Double
    ) throws -> Metrics {
        try safeguards.checkFinite()
        // The pair is a group of one completion; every other part is the policy update's.
        let groups = examples.map { example in
            TrainingGroup(
                prompt: example.prompt,
                sequences: [
                    TrainingSequence(tokens: example.answer, oldLogProbabilities: [], advantage: 0)
                ])
        }.numbered
        let passes = GradientPasses(model.decoder, width: 1)
        let (made, numbers) = try safeguards.addGradients(
            passes, to: [optimizer], tokens: groups.reduce(0) { $0 + $1.tokenCount }
        ) { self.passes(over: groups, tokenBudget: $0, step: step) }
        let norm = try safeguards.update(
            optimizer, toNorm: maxGradientNorm, rate: learningRate, if: numbers.areFinite)
        var update = UpdateMetrics(informativeGroups: groups.count)
        update.adding(numbers)
        _ = update.endUpdate(norm, numbers, step: step, safeguards) {
            passes.culprits(of: made, numbers)
        }
        return Metrics(
            loss: update.loss(.surrogateLoss) ?? 0, gradientNorm: norm,
            tokens: examples.reduce(0) { $0 + $1.answer.count },
            nonFinite: update.nonFinite.first)
    }

    private func passes(
        over groups: [TrainingGroup], tokenBudget: Int, step: Int
    ) -> UpdatePasses<[TrainingGroup], PassNumbers> {
        let tokens = groups.reduce(0) { $0 + $1.sequences[0].tokens.count }
        let batches = microBatches(groups, tokenBudget: tokenBudget)
        return UpdatePasses(batches: batches) { [model, seed] pass, groups in
            let packed = Profile.span(.batches) {
                PackedSequences(
                    groups.map {
                        TokenGroup(prompt: $0.prompt, completions: $0.sequences.map(\.tokens))
                    },
                    device: model.decoder.device)
            }
            return model.decoder.withDropout(seed, step, pass) {
                let now = Profile.span(.forward) { model.tokenStatistics(packed, temperature: 1) }
                let part = -now.logProbabilities.sum() / Double(tokens)
                return (part, groups.passNumbers(loss: part, now))
            }
        }
    }
}

extension [TrainingGroup] {
    /// The numbers of a pass over pairs, each a group of one completion.
    fileprivate func passNumbers(loss: Tensor, _ now: TokenStatistics) -> PassNumbers {
        let rows = flatMap { $0.sequences.map(\.place) }
        let loss = loss.detached().item
        var culprits: [CompletionPlace] = []
        if !loss.isFinite {
            var tokens = now.logProbabilities.detached().doubles[...]
            culprits = flatMap(\.sequences).filter { sequence in
                defer { tokens = tokens.dropFirst(sequence.tokens.count) }
                return !tokens.prefix(sequence.tokens.count).allSatisfy(\.isFinite)
            }.map(\.place)
            if culprits.isEmpty { culprits = rows }
        }
        return PassNumbers(
            measured: [(.surrogateLoss, loss)], rows: rows, nonFinite: culprits)
    }
}
