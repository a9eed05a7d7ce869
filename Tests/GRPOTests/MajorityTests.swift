import Testing

@testable import GRPO

@Suite struct MajorityTests {
    /// The share of all choices of k samples, ties shared, counted one by one.
    private func counted(_ answers: [AnswerCount], silent: Int, k: Int) -> Double {
        var samples: [Int?] = Array(repeating: nil, count: silent)
        for (place, answer) in answers.enumerated() {
            samples += Array(repeating: place, count: answer.count)
        }
        var (sum, choices) = (0.0, 0.0)
        for chosen in 0..<(1 << samples.count) where chosen.nonzeroBitCount == k {
            choices += 1
            var votes = Array(repeating: 0, count: answers.count)
            for place in samples.indices where chosen >> place & 1 == 1 {
                if let answer = samples[place] { votes[answer] += 1 }
            }
            guard let most = votes.max(), most > 0 else { continue }
            let winners = votes.indices.filter { votes[$0] == most }
            sum += Double(winners.count { answers[$0].isRight }) / Double(winners.count)
        }
        return sum / choices
    }

    @Test(arguments: [
        ([(3, true), (2, false)], 1), ([(1, true), (1, false), (1, false)], 0),
        ([(2, true), (2, true), (3, false), (1, false)], 2), ([(4, false), (1, true)], 3),
        ([(5, false)], 0), ([(1, true)], 4), ([], 5),
    ])
    func majorityIsTheMeanOverAllChoices(answers: [(Int, Bool)], silent: Int) {
        let answers = answers.map { AnswerCount(count: $0.0, isRight: $0.1) }
        let samples = answers.reduce(silent) { $0 + $1.count }
        for k in 1...samples {
            let expected = counted(answers, silent: silent, k: k)
            #expect(abs(majorityAtK(answers, silent: silent, k: k) - expected) < 1e-12, "k \(k)")
        }
    }

    @Test func aVoteOfOneIsTheShareOfRightSamples() {
        let answers = [AnswerCount(count: 3, isRight: true), AnswerCount(count: 4, isRight: false)]
        #expect(abs(majorityAtK(answers, silent: 1, k: 1) - 3.0 / 8) < 1e-12)
    }

    /// 1,000 samples: no binomial coefficient overflows.
    @Test func manySamplesStayNumbers() {
        let answers = [
            AnswerCount(count: 520, isRight: true), AnswerCount(count: 480, isRight: false),
        ]
        let one = majorityAtK(answers, k: 1)
        let many = majorityAtK(answers, k: 25)
        #expect(abs(one - 0.52) < 1e-9)
        #expect(many > 0.55 && many < 0.62)
    }
}
