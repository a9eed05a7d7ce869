import TestSupport
import Torch

@testable import GRPO
@testable import LanguageModels

/// Tokens whose log-probabilities are given, for objectives without a model.
struct GivenTokens {
    /// Trained tokens of each completion; 0 for one that is masked whole.
    var lengths: [Int]
    /// One a token.
    var logProbabilities: [Double]
    var old: [Double]
    var reference: [Double]?
    var entropies: [Double]
    /// One a completion.
    var advantages: [Double]
    /// Completions a prompt; the last group may be smaller.
    var groupSize = 1
    /// Masked tokens at the end of each completion.
    var masked = 1

    /// Reproducible tokens with log ratios of about `drift`.
    init(lengths: [Int], advantages: [Double], groupSize: Int = 1, drift: Double = 0.3, seed: Int) {
        var stream = RandomStream(UInt64(seed))
        let count = lengths.reduce(0, +)
        let uniform = { (low: Double, high: Double) in
            (0..<count).map { _ in low + (high - low) * stream.uniform() }
        }
        self.lengths = lengths
        self.advantages = advantages
        self.groupSize = groupSize
        old = uniform(-3, -0.8)
        logProbabilities = zip(old, uniform(-drift, drift)).map(+)
        reference = zip(old, uniform(-0.4, 0.4)).map(+)
        entropies = uniform(0, 2)
    }

    init(
        lengths: [Int], logProbabilities: [Double], old: [Double], reference: [Double]? = nil,
        entropies: [Double]? = nil, advantages: [Double]
    ) {
        self.lengths = lengths
        self.logProbabilities = logProbabilities
        self.old = old
        self.reference = reference
        self.entropies = entropies ?? old.map { -$0 }
        self.advantages = advantages
    }

    /// The completions with masked tokens whose numbers would spoil every result.
    var groups: [TrainingGroup] {
        var olds = old[...]
        let sequences = zip(lengths, advantages).map { length, advantage in
            defer { olds = olds.dropFirst(length) }
            let padding = [Double](repeating: .nan, count: masked)
            return TrainingSequence(
                tokens: [Int](repeating: 0, count: length + masked),
                oldLogProbabilities: olds.prefix(length) + padding,
                advantages: [Double](repeating: advantage, count: length) + padding,
                trainedTokens: masked == 0
                    ? nil : (0..<length + masked).map { $0 < length })
        }
        return stride(from: 0, to: sequences.count, by: groupSize).map {
            TrainingGroup(
                prompt: [0], sequences: Array(sequences[$0..<min($0 + groupSize, sequences.count)]))
        }
    }
}

/// What an objective gives for given tokens.
struct ObjectiveResult {
    var loss = 0.0
    /// d loss / d log π of each token.
    var gradient: [Double] = []
    /// d loss / d H of each token.
    var entropyGradient: [Double] = []
    var metrics: UpdateMetrics
    var state: ObjectiveState

    /// The metrics as a step logs them.
    func logged(by objective: PolicyObjective) -> StepMetrics {
        StepMetrics(
            step: 1, collected: CollectedRollouts(), rewards: [], update: metrics, state: state,
            trustRegion: objective.trustRegion, learningRate: 0, tokenCount: 0,
            clock: StageClock())
    }
}

extension PolicyObjective {
    /// The code that trains, micro-batch by micro-batch, for given tokens in one mini-batch.
    ///
    /// The tokens must all be computed: no group without a signal unless the objective moves it.
    func evaluate(
        _ tokens: GivenTokens, tokenBudget: Int = 1 << 20, state: ObjectiveState? = nil,
        dtype: DType = .float64
    ) -> ObjectiveResult {
        var state = state ?? ObjectiveState(self)
        let miniBatch = miniBatches(
            tokens.groups, count: 1, tokenBudget: tokenBudget, device: .cpu, dtype: dtype)[0]
        var places: [Range<Int>] = []
        for batch in miniBatch.batches {
            let start = places.last?.upperBound ?? 0
            places.append(start..<start + batch.advantages.count)
        }
        let slice = { (values: [Double], place: Range<Int>) in
            Tensor(Array(values[place])).to(dtype)
        }
        var remaining = places[...]
        let context = UpdateContext(self, state: state, miniBatch) { _ in
            slice(tokens.entropies, remaining.removeFirst())
        }
        var result = ObjectiveResult(
            metrics: UpdateMetrics(informativeGroups: tokens.groups.count), state: state)
        for (batch, place) in zip(miniBatch.batches, places) {
            let now = TokenStatistics(
                logProbabilities: slice(tokens.logProbabilities, place).requiringGradient(),
                entropies: slice(tokens.entropies, place).requiringGradient())
            let terms = loss(
                of: batch, now: now, reference: tokens.reference.map { slice($0, place) },
                context: context)
            terms.loss.backward()
            result.loss += terms.loss.detached().item
            result.metrics.add(terms.measured(batch, now, ratio: ratio))
            let zeros = [Double](repeating: 0, count: place.count)
            result.gradient += now.logProbabilities.gradient?.doubles ?? zeros
            result.entropyGradient += now.entropies.gradient?.doubles ?? zeros
        }
        state.adapt(
            self, to: result.metrics.endUpdate(gradientNorm: 0, isSkipped: false),
            completions: miniBatch.completions)
        result.state = state
        return result
    }
}

extension PolicyObjective {
    static let aggregations: [Aggregation] = [
        .tokenMean, .sequenceMean, .promptMean, .constantLength(6), .sequenceSum,
    ]

    /// Every trust region with every ratio that it goes with.
    static let surrogates: [(ratio: Ratio, region: TrustRegion)] = Ratio.allCases.flatMap { ratio in
        let regions: [TrustRegion] = [
            .clip(low: 0.1, high: 0.15), .boundedClip(low: 0.1, high: 0.1, bound: 1.2),
            .cappedWeight(cap: 1.1), .clippedWeight(low: 0.1, high: 0.1), .softGate(),
            .gammaWeight(), .totalVariation(low: 0.02, high: 0.02),
            .binaryDivergence(low: 0.01, high: 0.01), .none,
        ]
        return regions.map { (ratio, $0) }.filter {
            var objective = PolicyObjective()
            (objective.ratio, objective.trustRegion) = $0
            return (try? objective.validate()) != nil
        }
    }

    static func testing(
        _ ratio: Ratio, _ region: TrustRegion, _ aggregation: Aggregation = .tokenMean
    ) -> PolicyObjective {
        var objective = PolicyObjective()
        objective.ratio = ratio
        objective.trustRegion = region
        objective.aggregation = aggregation
        return objective
    }
}
