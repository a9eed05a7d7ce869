import LanguageModels
import Torch

/// The groups of one optimizer step, and what the policy and its reference say of them.
struct PolicyMiniBatch {
    /// The mini-batch in micro-batches within a budget.
    struct Parts {
        let miniBatch: MiniBatch
        /// log π_ref of each micro-batch, `[C]`; `nil` without a divergence in the loss.
        let references: [Tensor?]
        fileprivate let policy: LanguageModel
        fileprivate let temperature: Double

        /// What the policy says of a micro-batch.
        func statistics(of batch: Batch) -> TokenStatistics {
            batch.statistics(of: policy, temperature: temperature)
        }

        /// What holds for all its micro-batches.
        func context(_ objective: PolicyObjective, _ state: ObjectiveState) -> UpdateContext {
            UpdateContext(objective, state: state, miniBatch) { batch in
                withoutGradients { statistics(of: batch).entropies }
            }
        }
    }

    /// Completions, also those that move nothing.
    let completions: Int
    /// The tokens of a micro-batch that no budget divides.
    let mostTokens: Int
    /// The completions that were sampled by a policy whose log-probabilities are not finite: with
    /// such weights all rewards may be the same, and no pass be made that would show it.
    let sampled: [PassNumbers]
    /// Its parts; divided once for each budget.
    let within: Divided<Parts>

    fileprivate init(
        _ groups: [TrainingGroup], _ settings: GRPOSettings, sideBySide: Int,
        _ policy: LanguageModel, _ reference: LanguageModel?
    ) {
        completions = groups.reduce(0) { $0 + $1.sequences.count }
        let tokens = groups.reduce(0) { $0 + $1.tokenCount }
        let spoiled = groups.flatMap(\.sequences)
            .filter { !$0.oldLogProbabilities.allSatisfy(\.isFinite) }.map(\.place)
        sampled =
            spoiled.isEmpty
            ? [] : [PassNumbers(measured: [], rows: spoiled, nonFinite: spoiled)]
        mostTokens = (tokens + sideBySide - 1) / sideBySide
        let temperature = settings.generation.sampling.temperature
        let reference = settings.objective.divergence == nil ? nil : reference
        within = Divided { budget in
            let miniBatch = settings.objective.miniBatch(
                of: groups, tokenBudget: budget, sideBySide: sideBySide,
                device: policy.decoder.device)
            let references = miniBatch.batches.map { batch in
                Profile.span(.referencePass) {
                    withoutGradients {
                        reference.map {
                            batch.statistics(of: $0, temperature: temperature).logProbabilities
                        }
                    }
                }
            }
            return Parts(
                miniBatch: miniBatch, references: references, policy: policy,
                temperature: temperature)
        }
    }
}

extension GRPOSettings {
    /// The mini-batches of a step: whole groups, in their order.
    func miniBatches(
        of groups: [TrainingGroup], _ policy: LanguageModel, _ reference: LanguageModel?,
        _ sideBySide: Int
    ) -> [PolicyMiniBatch] {
        groups.numbered.miniBatches(miniBatches).map {
            PolicyMiniBatch($0, self, sideBySide: sideBySide, policy, reference)
        }
    }
}

extension [PassNumbers] {
    /// Whether every completion's part of the loss is finite.
    var areFinite: Bool { allSatisfy(\.nonFinite.isEmpty) }
}

extension UpdateMetrics {
    /// Adds the micro-batches of an optimizer step, and gives them back.
    @discardableResult
    mutating func adding(_ passes: [PassNumbers]) -> [PassNumbers] {
        for pass in passes { add(pass.measured) }
        return passes
    }
}
