import Rewards
import Testing

@testable import GRPO

@Suite struct WeightScheduleTests {
    @Test func aLinearRampReachesItsEndsExactly() {
        let schedule = WeightSchedule.linear(from: 0.1, to: 0.7, start: 10, steps: 4)
        #expect([0, 9, 10].map(schedule.weight) == [0.1, 0.1, 0.1])
        #expect(abs(schedule.weight(at: 12) - 0.4) < 1e-15)
        #expect([14, 15, 1000].map(schedule.weight) == [0.7, 0.7, 0.7])
        #expect(WeightSchedule.linear(from: 0.3, to: 0.1, steps: 1).weight(at: 1) == 0.1)
    }

    @Test func aCosineRampIsFlatAtBothEnds() {
        let schedule = WeightSchedule.cosine(from: 1, to: 0, steps: 100)
        #expect(schedule.weight(at: 0) == 1)
        #expect(schedule.weight(at: 1) > 0.999)
        #expect(abs(schedule.weight(at: 50) - 0.5) < 1e-15)
        #expect(schedule.weight(at: 99) < 0.001)
        #expect(schedule.weight(at: 100) == 0)
        #expect(abs(schedule.weight(at: 25) - (1 + 0.5.squareRoot()) / 2) < 1e-15)
    }

    @Test func aRampOfNoStepsIsAJump() {
        let schedule = WeightSchedule.linear(from: 1, to: 2, start: 5, steps: 0)
        #expect([4, 5, 6].map(schedule.weight) == [1, 2, 2])
    }

    @Test func aRewardWithoutAScheduleKeepsItsWeight() {
        let rewards = [Reward("a", weight: 0.5) { _ in 1 }, Reward("b", weight: 2) { _ in 1 }]
        #expect(rewardWeights(rewards, step: 3) == [0.5, 2])
        let schedules = [nil, WeightSchedule.constant(7)]
        #expect(rewardWeights(rewards, schedules: schedules, step: 3) == [0.5, 7])
    }
}
