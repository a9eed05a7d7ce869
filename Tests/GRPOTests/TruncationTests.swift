import LanguageModels
import Testing

@testable import GRPO

@Suite struct TruncationTests {
    private static let finishes: [FinishReason] = [.stopToken, .length, .stopString, .length]

    @Test(arguments: [
        (TruncationPolicy.train, [true, true, true, true]),
        (.mask, [true, false, true, false]),
        (.penalize(SoftOverlongPenalty(buffer: 2)), [true, true, true, true]),
    ])
    func onlyMaskingLeavesTruncatedCompletionsOut(policy: TruncationPolicy, isTrained: [Bool]) {
        #expect(policy.isTrained(Self.finishes) == isTrained)
    }

    /// The weights that training gives to completions of these lengths, masked or not.
    private func weights(
        _ aggregation: Aggregation, lengths: [Int] = [2, 4, 3, 4], isTrained: [Bool]
    ) -> [Double] {
        let sequences = zip(lengths, isTrained).map { length, isTrained in
            var sequence = TrainingSequence(
                tokens: [Int](repeating: 7, count: length),
                oldLogProbabilities: [Double](repeating: -1, count: length), advantage: 1)
            if !isTrained { sequence.trainedTokens = [Bool](repeating: false, count: length) }
            return sequence
        }
        return aggregation.weigh(
            [TrainingGroup(prompt: [1], sequences: sequences)], countsEmpty: true
        ).flatMap { $0.sequences.map(\.weight) }
    }

    /// TRL zeroes the loss mask and then counts as ever: a masked row is a row of `grpo` and
    /// `dr_grpo`, its tokens are none of `dapo` and `bnpo`.
    @Test func maskedTokensLeaveTheTokenMeanAndMaskedRowsStayInTheSequenceMean() {
        let isTrained = [true, false, true, false]
        let byToken = weights(.tokenMean, isTrained: isTrained)
        #expect(byToken[0] == 1.0 / 5 && byToken[2] == 1.0 / 5)
        let bySequence = weights(.sequenceMean, isTrained: isTrained)
        #expect(bySequence[0] == 1.0 / (4 * 2) && bySequence[2] == 1.0 / (4 * 3))
        #expect(weights(.constantLength(10), isTrained: isTrained)[0] == 1.0 / (4 * 10))
    }

    @Test func nothingTrainedOnDividesByNothing() {
        for aggregation in [Aggregation.tokenMean, .sequenceMean, .promptMean, .sequenceSum] {
            let all = weights(aggregation, lengths: [4, 4], isTrained: [false, false])
            #expect(all.allSatisfy { $0.isFinite })
        }
    }

    /// TRL's own example is 90 tokens of 100 with a buffer of 20: −0.5.
    @Test(arguments: [
        (80, 0.0), (81, -0.05), (90, -0.5), (99, -0.95), (100, -1), (101, -1), (0, 0),
    ])
    func theSoftPenaltyIsDAPOsEquation13(length: Int, value: Double) {
        #expect(SoftOverlongPenalty(buffer: 20).value(length: length, limit: 100) == value)
    }

    @Test func aBufferOfZeroPunishesOnlyWhatIsBeyondTheLimit() {
        let penalty = SoftOverlongPenalty(buffer: 0)
        #expect([99, 100, 101].map { penalty.value(length: $0, limit: 100) } == [0, 0, -1])
    }

    @Test func thePenaltyIsOneMoreWeightedReward() {
        let scores = GroupScores([1, nil, 1], lengths: [8, 10, 9])
        let policy = TruncationPolicy.penalize(SoftOverlongPenalty(buffer: 2, weight: 0.5))
        let penalized = policy.penalized(scores, limit: 10)
        #expect(penalized.totals == [1, nil, 0.75])
        #expect(penalized.parts == [[1, 0], [nil, -1], [1, -0.5]])
        #expect(penalized.weights == [1, 0.5])
        #expect(TruncationPolicy.mask.penalized(scores, limit: 10) == scores)
    }
}
