import Rewards

/// What was seen of one completion in an evaluation.
public struct Trial: Sendable, Equatable, Codable {
    /// Whether the first reward gave full marks; `nil` where it failed.
    public var isSolved: Bool?
    /// The weighted sum of the rewards; `nil` where one failed or none applies.
    public var reward: Double?
    /// The tokens of the completion.
    public var tokens: Int
    /// Whether the limit ended it.
    public var isTruncated: Bool
    /// Which of the prompt's answers it gives, from 0; `nil` where none could be read or was asked
    /// for. Two completions give the same where the reward's reading says so and both are solved,
    /// or neither.
    public var answer: Int?

    /// A completion.
    public init(
        isSolved: Bool?, reward: Double? = nil, tokens: Int, isTruncated: Bool = false,
        answer: Int? = nil
    ) {
        self.isSolved = isSolved
        self.reward = reward
        self.tokens = tokens
        self.isTruncated = isTruncated
        self.answer = answer
    }
}

/// What was seen of one prompt: all that an evaluation's numbers are computed from.
public struct PromptOutcome: Sendable, Equatable, Codable {
    /// The most probable completion.
    public var greedy: Trial
    /// Its text.
    public var greedyText: String
    /// The sampled completions.
    public var samples: [Trial]

    /// The outcome of a prompt.
    public init(greedy: Trial, greedyText: String = "", samples: [Trial]) {
        self.greedy = greedy
        self.greedyText = greedyText
        self.samples = samples
    }

    init(greedy: ScoredGroup, sampled: ScoredGroup?, voting: Reward?) {
        let trial = greedy.trials(voting: nil)[0]
        self.init(
            greedy: trial, greedyText: greedy.group.rollouts[0].text,
            samples: sampled?.trials(voting: voting) ?? [])
    }
}

extension PromptOutcome {
    /// The samples that the first reward did not fail on.
    private var judged: [Trial] { samples.filter { $0.isSolved != nil } }

    /// The share of samples that are solved; `nil` where none was judged.
    var solvedShare: Double? {
        let judged = judged
        guard !judged.isEmpty else { return nil }
        return Double(judged.count { $0.isSolved == true }) / Double(judged.count)
    }

    /// pass@k; `nil` where fewer than k samples were judged.
    func pass(at k: Int) -> Double? {
        let judged = judged
        guard judged.count >= k else { return nil }
        return passAtK(
            samples: judged.count, solved: judged.count { $0.isSolved == true }, k: k)
    }

    /// majority@k; `nil` where fewer than k samples were judged.
    func majority(at k: Int) -> Double? {
        let judged = judged
        guard judged.count >= k else { return nil }
        let votes = Dictionary(grouping: judged.filter { $0.answer != nil }, by: \.answer)
        let answers = votes.values.map {
            AnswerCount(count: $0.count, isRight: $0[0].isSolved == true)
        }
        return majorityAtK(
            answers.sorted { ($0.count, $0.isRight ? 1 : 0) < ($1.count, $1.isRight ? 1 : 0) },
            silent: judged.count { $0.answer == nil }, k: k)
    }
}

extension [Trial] {
    /// The mean of a number over the completions that have it; `nil` where none does.
    func mean(_ number: (Trial) -> Double?) -> Double? {
        let numbers = compactMap(number)
        return numbers.isEmpty ? nil : numbers.reduce(0, +) / Double(numbers.count)
    }
}

extension ScoredGroup {
    /// What was seen of each completion, with answers where they are to vote.
    fileprivate func trials(voting reward: Reward?) -> [Trial] {
        var known: [(answer: ReadAnswer, isSolved: Bool)] = []
        return zip(group.rollouts, scores).map { rollout, score in
            var trial = Trial(
                isSolved: score.isJudged ? score.isSolved : nil, reward: score.total,
                tokens: rollout.completion.tokens.count,
                isTruncated: rollout.completion.finish == .length)
            let input = RewardInput(rollout, of: group.prompt, step: nil)
            // A reading that throws is a failure of the reward, which its score has told already.
            if let isSolved = trial.isSolved, let answer = try? reward?.reading?(input) {
                trial.answer = known.firstIndex {
                    $0.isSolved == isSolved && $0.answer.isSame(as: answer)
                }
                if trial.answer == nil {
                    trial.answer = known.count
                    known.append((answer, isSolved))
                }
            }
            return trial
        }
    }
}
