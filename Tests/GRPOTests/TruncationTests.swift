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

    /// TRL zeroes the loss mask and then counts as ever: a masked row is a row of `grpo` and
    /// `dr_grpo`, its tokens are none of `dapo` and `bnpo`.
    @Test func maskedTokensLeaveTheTokenMeanAndMaskedRowsStayInTheSequenceMean() {
        let counts = LossCounts(lengths: [2, 4, 3, 4], isTrained: [true, false, true, false])
        #expect(counts.tokens == 5)
        #expect(counts.sequences == 4)
    }

    @Test func nothingTrainedOnDividesByOne() {
        #expect(LossCounts(lengths: [4, 4], isTrained: [false, false]).tokens == 1)
        #expect(LossCounts(lengths: [], isTrained: []).sequences == 1)
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
