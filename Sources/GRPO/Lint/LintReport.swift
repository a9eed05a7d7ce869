import LanguageModels
import Rewards

/// What a look at a run before it begins has shown.
package struct LintReport: Sendable {
    /// What one reward gave.
    package struct RewardLine: Sendable {
        package let name: String
        package let kind: String
        package var mean = 0.0
        /// Divisor n − 1, over all completions.
        package var deviation = 0.0
        /// Groups whose completions it tells apart.
        package var groupsWithSignal = 0
        package var failed = 0
        package var firstFailure: String?
        /// Completions that it does not apply to.
        package var notApplicable = 0
        /// Completions that the second scoring gave another number, and the first of them.
        package var differing = 0
        package var difference: String?
        /// Wall time of the second scoring; that of the whole program where it has several outputs.
        package var seconds = 0.0
        /// Completions that no answer could be read from, and some of them; `nil` where the reward
        /// reads none.
        package var unread: Int?
        package var unreadExamples: [String] = []
    }

    /// What the data files hold.
    package struct Data: Sendable {
        package let trainingRows: Int
        package let testRows: Int?
        /// Training rows whose prompt stands in an earlier row.
        package let repeated: Int
        /// Training rows whose prompt is one of the held-out ones, and the first line of them.
        package let shared: Int
        package let firstShared: Int?
        /// Lines whose prompt does not fit.
        package var tooLong: [Int] = []
        /// Why a row cannot be scored whatever the completion.
        package var unusable: String?

        init(training: PromptFile, test: PromptFile?) {
            trainingRows = training.prompts.count
            testRows = test?.prompts.count
            let heldOut = Set(test?.prompts.map(\.text) ?? [])
            let places = training.prompts.indices.filter {
                heldOut.contains(training.prompts[$0].text)
            }
            (shared, firstShared) = (places.count, places.first.map(training.line(of:)))
            repeated = trainingRows - Set(training.prompts.map(\.text)).count
        }
    }

    package let configuration: Configuration
    package let data: Data
    package var rewards: [RewardLine] = []
    /// Groups and completions that were sampled.
    package var groups = 0
    package var completions = 0
    /// Groups that the advantages have a signal of.
    package var groupsWithSignal = 0
    /// Groups whose completions are all the same text.
    package var identicalGroups = 0
    /// Completions that a reward failed on.
    package var failed = 0
    package var truncated = 0
    package var empty = 0
    package var meanLength = 0.0
    package var samplingSeconds = 0.0
    /// The error that ended the look.
    package var stopped: String?
    /// What the sandbox of a program could not apply.
    package var notices: [String] = []
    /// What to change.
    package var findings: [LintFinding] = []

    init(_ configuration: Configuration, data: Data) {
        (self.configuration, self.data) = (configuration, data)
    }

    /// Whether training would not begin, or would learn nothing.
    package var isPointless: Bool { findings.contains { $0.severity == .pointless } }

    func judged() -> LintReport {
        var report = self
        report.findings = LintAdvice(self).findings
        return report
    }
}

extension LintReport {
    /// Takes over what the first scoring gave.
    mutating func add(_ scored: [ScoredGroup], rewards: [Reward]) {
        let rollouts = scored.flatMap(\.group.rollouts)
        let scores = scored.flatMap(\.scores)
        (groups, completions) = (scored.count, rollouts.count)
        let weights = rewards.map(\.weight)
        groupsWithSignal = scored.count {
            configuration.objective.advantage.hasSignal(in: GroupScores($0, weights: weights))
        }
        identicalGroups = scored.count { Set($0.group.rollouts.map(\.text)).count == 1 }
        failed = scores.count { $0.failure != nil }
        truncated = rollouts.count { $0.completion.finish == .length }
        empty = rollouts.count { $0.text.allSatisfy(\.isWhitespace) }
        meanLength = Distribution(rollouts.map { Double($0.completion.tokens.count) }).mean
        let kinds = configuration.rewards.flatMap { reward in
            reward.weightSchedules.map { _ in reward.kind.rawValue }
        }
        self.rewards = rewards.enumerated().map { place, reward in
            RewardLine(reward, kind: kinds[place], at: place, in: scored)
        }
    }

    /// Takes over what rewards gave the second time.
    mutating func compare(
        _ first: [ScoredGroup], _ second: [ScoredGroup], places: [Int], seconds: Double
    ) {
        let texts = first.flatMap { $0.group.rollouts.map(\.text) }
        let (before, after) = (first.flatMap(\.scores), second.flatMap(\.scores))
        for (output, place) in places.enumerated() {
            rewards[place].seconds = seconds
            for (text, (old, new)) in zip(texts, zip(before, after))
            where old.parts[place] != new.parts[output] {
                rewards[place].differing += 1
                guard rewards[place].difference == nil else { continue }
                let numbers = [old.parts[place], new.parts[output]]
                    .map { $0.map { "\($0)" } ?? "no score" }
                rewards[place].difference =
                    "\(numbers[0]), then \(numbers[1]) for \(Self.excerpt(text))"
            }
        }
    }

    /// The beginning and the end of a text, in quotes and on one line.
    static func excerpt(_ text: String) -> String {
        let line = text.replacing(/\s+/, with: " ")
        return line.count <= 80 ? "\"\(line)\"" : "\"\(line.prefix(30)) … \(line.suffix(45))\""
    }
}

extension LintReport.RewardLine {
    fileprivate init(_ reward: Reward, kind: String, at place: Int, in scored: [ScoredGroup]) {
        (name, self.kind) = (reward.name, kind)
        let scores = scored.flatMap(\.scores)
        let known = Distribution(scores.compactMap { $0.parts[place] })
        (mean, deviation) = (known.mean, known.deviation)
        groupsWithSignal = scored.count {
            Set($0.scores.compactMap { $0.parts[place] }).count > 1
        }
        failed = scores.count { $0.failed.contains(place) }
        firstFailure = scores.first { $0.failed.contains(place) }?.failure
        notApplicable = scores.count { $0.parts[place] == nil && !$0.failed.contains(place) }
        guard let reading = reward.reading else { return }
        let unread = scored.flatMap { group in
            group.group.rollouts.filter { rollout in
                let input = RewardInput(rollout, of: group.group.prompt, step: nil)
                return ((try? reading(input)) ?? nil) == nil
            }
        }
        self.unread = unread.count
        unreadExamples = unread.prefix(3).map { LintReport.excerpt($0.text) }
    }
}
