import ArgumentParser
import Foundation
import GRPO
import LanguageModels
import Rewards
import SystemErrors
import Torch

/// An evaluation that is measured, or was measured before.
struct EvaluationMeasurement {
    let data: Configuration.Data
    let rewards: [RewardConfiguration]
    let settings: EvaluationSettings
    let device: Device
    /// Whether the cache is used; `nil` for where it can know what it depends on.
    let cache: Bool?
    let terminal: Terminal

    /// The evaluation of a model, or of an adapter of one.
    func report(of folder: URL, adapter: URL?) async throws -> EvaluationReport {
        EvaluationReport(
            try await outcomes(of: folder, adapter: adapter), passAt: settings.passAt,
            majorityAt: settings.majorityAt)
    }

    private func outcomes(of folder: URL, adapter: URL?) async throws -> [PromptOutcome] {
        let rewards = try rewards.flatMap { try $0.rewards() }
        defer { rewards.sources.close() }
        try settings.checkVotes(of: rewards)
        let sources = rewards.sources.map(\.name)
        if cache == nil, !sources.isEmpty {
            terminal.note(
                "Not cached: what \(sources.joined(separator: " and ")) will say cannot be known "
                    + "from the settings. --cache keeps it all the same.")
        }
        guard cache ?? sources.isEmpty else {
            return try await measured(folder, adapter, rewards)
        }
        let place = EvaluationCache.standard
        let key = try EvaluationKey(
            folders: try folders(folder, adapter), data: data, rewards: self.rewards,
            settings: settings, device: device, program: GRPOCommand.configuration.version
        ).digest
        do {
            if let known = try place.outcomes(key) {
                terminal.note(
                    "\(folder.relativePath): measured before with the same weights, data, rewards "
                        + "and settings. --no-cache measures again.")
                return known
            }
        } catch {
            terminal.warning("\(error)")
        }
        let outcomes = try await measured(folder, adapter, rewards)
        do { try place.store(outcomes, as: key) } catch {
            terminal.warning("the evaluation is not cached: \(error.explanation)")
        }
        return outcomes
    }

    private func measured(
        _ folder: URL, _ adapter: URL?, _ rewards: [Reward]
    ) async throws -> [PromptOutcome] {
        let model = try LanguageModel.load(folder, adapter: adapter, device: device)
        let file = try PromptFile(data.train, data, limit: data.limit, model: model)
        try file.checkLengths(model: model, maxNewTokens: settings.generation.maxNewTokens)
        try file.checkAnswers(for: rewards)
        let safeguards = Safeguards(evaluating: settings, key: "--concurrent-completions")
        defer { for text in safeguards.takeWarnings() { terminal.warning(text) } }
        return try await model.outcomes(
            of: file.prompts, rewards: rewards, settings: settings, safeguards: safeguards)
    }

    /// The folders whose files make the model; an adapter's, and that of its model.
    private func folders(_ folder: URL, _ adapter: URL?) throws -> [URL] {
        if let adapter { return [adapter, folder] }
        guard AdapterFolder.isThere(folder) else { return [folder] }
        return [folder, try AdapterFolder(folder).modelFolder()]
    }
}
