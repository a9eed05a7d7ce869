import LanguageModels
import Torch

extension Safeguards {
    /// Computes in micro-batches; where memory runs out, once more in those of half the size, which
    /// stays that for the rest of the run.
    ///
    /// - Parameters:
    ///   - tokens: the most that a pass has, whatever the budget; `nil` where that is not known.
    ///   - body: changes nothing where it runs out of memory, or begins by taking it back.
    /// - Returns: what `body` returns.
    /// - Throws: `TrainingMemoryError`, `StepInterrupted`, and what `body` throws.
    func inMicroBatches<Result>(
        of tokens: Int? = nil, _ body: (_ tokenBudget: Int) throws -> Result
    ) throws -> Result {
        let size = min(state.microBatchTokens.bound ?? .max, tokens ?? .max)
        return try retried(
            MemorySetting(
                work: "a pass over", unit: "tokens", key: "training.micro_batch_tokens",
                otherwise: "Set training.gradient_checkpointing: true, or shorten the completions "
                    + "(rollout.max_new_tokens)."),
            size: size, of: \.microBatchTokens, { try body($0 ?? .max) })
    }

    /// Samples; where memory runs out, once more with half as many completions at the same time.
    /// They are the same ones: a completion's random numbers do not depend on the others.
    func sampling<Result>(
        rows: Int, _ body: (_ concurrentCompletions: Int?) throws -> Result
    ) throws -> Result {
        try retried(
            MemorySetting(
                work: "sampling", unit: "completions at the same time",
                key: samplingKey, otherwise: "Shorten the completions, or sample fewer a prompt."),
            size: min(state.concurrentCompletions.bound ?? rows, rows),
            of: \.concurrentCompletions, body)
    }

    private func retried<Result>(
        _ setting: MemorySetting, size: Int, of kept: WritableKeyPath<State, Size>,
        _ body: (_ bound: Int?) throws -> Result
    ) throws -> Result {
        do {
            return try untilStopped { try body(state[keyPath: kept].bound) }
        } catch let first as OutOfMemory {
            let half = max(1, size / 2)
            guard half < size else {
                throw TrainingMemoryError(setting: setting, sizes: [size], reason: first.reason)
            }
            state[keyPath: kept].bound = half
            warnings.append(
                "out of memory in \(setting.work) \(size) \(setting.unit): trying once more with "
                    + "\(half), also for the rest of the run. Set \(setting.key): \(half) to "
                    + "start with. (\(first.reason))")
            do {
                return try untilStopped { try body(half) }
            } catch let second as OutOfMemory {
                throw TrainingMemoryError(
                    setting: setting, sizes: [size, half], reason: second.reason)
            }
        }
    }

    /// Tensor work that is left in the middle of a pass too where the run is to end.
    private func untilStopped<Result>(_ body: () throws -> Result) throws -> Result {
        let stop = stop
        do {
            return try Library.throwingOutOfMemory(stop: { stop.isRequested }, body)
        } catch is WorkStopped {
            throw StepInterrupted()
        }
    }
}

/// A setting that memory depends on, in words.
struct MemorySetting: Sendable, Equatable {
    let work, unit, key: String
    /// What else helps.
    let otherwise: String
}

/// Memory ran out, and again with half of what a setting allows.
public struct TrainingMemoryError: Error, Equatable, CustomStringConvertible {
    let setting: MemorySetting
    /// What was tried.
    let sizes: [Int]
    let reason: String

    /// What was tried, and the next move.
    public var description: String {
        let tried = sizes.map(String.init).joined(separator: ", then ")
        return "out of memory in \(setting.work) \(tried) \(setting.unit) (\(setting.key)). "
            + "\(reason) Lower \(setting.key). \(setting.otherwise)"
    }
}

extension LanguageModel {
    /// Samples a group of completions of each prompt, as `rollouts(of:groupSize:settings:seed:step:)`
    /// does, with less memory where it runs out.
    ///
    /// `finished` may be told of a completion once more then.
    ///
    /// - Throws: `StepInterrupted` after the token at which the run was asked to stop, and
    ///   `TrainingMemoryError`.
    func rollouts(
        of prompts: [Prompt], groupSize: Int, settings: GenerationSettings, seed: UInt64, step: Int,
        firstPlace: Int = 0, safeguards: Safeguards, failpoint: String = "sampling",
        finished: @Sendable (CompletionPlace, Rollout) -> Void = { _, _ in }
    ) throws -> [RolloutGroup] {
        let stop = safeguards.stop
        return try safeguards.sampling(rows: prompts.count * groupSize) { concurrent in
            var settings = settings
            settings.concurrentCompletions = concurrent
            Failpoint.work(failpoint)
            return try rollouts(
                of: prompts, groupSize: groupSize, settings: settings, seed: seed, step: step,
                firstPlace: firstPlace, stop: stop, finished: finished)
        }
    }
}
