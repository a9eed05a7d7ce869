import Foundation
import LanguageModels
import Rewards
import Torch

/// A look at a run before it begins: the first groups that it would sample, scored twice.
///
/// Nothing is written.
package struct Lint {
    private let configuration: Configuration
    private let model: LanguageModel
    private let training: PromptFile
    private let test: PromptFile?
    private let rewards: [Reward]
    private let clock = ContinuousClock()

    /// Loads what the run would load.
    ///
    /// - Throws: what cannot be read, as `grpo train` says it.
    package init(_ given: Configuration) throws {
        var configuration = given
        configuration.data.chat = given.data.chat.dated()
        try configuration.validate()
        self.configuration = configuration
        rewards = try configuration.rewards.flatMap { try $0.rewards() }
        model = try configuration.run.loadModel(configuration.lora)
        training = try configuration.data.trainingPrompts(for: model)
        test = try configuration.data.testPrompts(for: model, limit: configuration.evaluate.limit)
    }

    /// Samples, scores and judges.
    ///
    /// - Parameter count: how many prompts, the first that the run would take.
    /// - Returns: what was seen, and what to change.
    package func report(prompts count: Int) async -> LintReport {
        defer { rewards.sources.close() }
        let limit = configuration.rollout.maxNewTokens
        var data = LintReport.Data(training: training, test: test)
        data.tooLong = training.tooLong(model: model, maxNewTokens: limit)
        do { try training.checkAnswers(for: rewards) } catch { data.unusable = "\(error)" }
        let prompts = chosenPrompts(count)
        var report = LintReport(configuration, data: data)
        guard !prompts.isEmpty, data.unusable == nil else { return report.judged() }
        let start = clock.now
        let safeguards = Safeguards(evaluating: configuration.evaluationSettings)
        do {
            let groups = try model.rollouts(
                of: prompts, groupSize: configuration.rollout.groupSize,
                settings: configuration.rollout.generation, seed: UInt64(configuration.run.seed),
                step: 0, safeguards: safeguards)
            report.samplingSeconds = (clock.now - start) / .seconds(1)
            // Programs start with the first scoring, so that the second shows their pace.
            let first = try await scores(of: groups, with: countedRewards)
            report.add(first, rewards: rewards)
            for unit in units {
                let start = clock.now
                let again = try await scores(of: groups, with: unit.map { countedRewards[$0] })
                report.compare(
                    first, again, places: unit, seconds: (clock.now - start) / .seconds(1))
            }
        } catch {
            report.stopped = "\(error)"
        }
        report.notices =
            safeguards.takeWarnings() + rewards.sources.flatMap { $0.takeNotices() }
        return report.judged()
    }

    /// Of those that fit, the prompts of the run's first steps.
    private func chosenPrompts(_ count: Int) -> [Prompt] {
        let prompts = training.prompts
        let order = DataOrder(count: prompts.count, seed: UInt64(configuration.run.seed))
        return order.indices(step: 0, size: min(count, prompts.count)).map { prompts[$0] }
            .filter { prompt in
                (try? model.checkLength(
                    of: prompt, place: 0, maxNewTokens: configuration.rollout.maxNewTokens)) != nil
            }
    }

    /// The rewards, with failures counted also where they would end the run.
    private var countedRewards: [Reward] {
        rewards.map { reward in
            var reward = reward
            if reward.onFailure == .fail { reward.onFailure = .drop }
            return reward
        }
    }

    /// The places of rewards that are asked together: those of one program or server.
    private var units: [[Int]] {
        var units: [[Int]] = []
        for (place, reward) in rewards.enumerated() {
            let same = units.firstIndex { unit in
                reward.source.map { $0 === rewards[unit[0]].source } ?? false
            }
            if let same { units[same].append(place) } else { units.append([place]) }
        }
        return units
    }
}

extension PromptFile {
    /// The lines whose prompt is empty, not in the vocabulary or longer than the model's context
    /// with its completion.
    func tooLong(model: LanguageModel, maxNewTokens: Int) -> [Int] {
        prompts.indices.filter { place in
            (try? model.checkLength(of: prompts[place], place: place, maxNewTokens: maxNewTokens))
                == nil
        }.map(line(of:))
    }
}
