public import LanguageModels
public import Rewards
import Synchronization
import Tokenizers
import Torch

/// A prompt to sample completions of, with what its rewards need to know.
public struct Prompt: Sendable, Codable {
    /// The text.
    public var text: String
    /// Its token ids.
    public var tokens: [Int]
    /// The right answer, where the data has one.
    public var answer: String?
    /// The row of the data that the prompt was made from.
    public var row: [String: JSONValue]

    /// A prompt of the given text, encoded by the model's tokenizer.
    public init(
        _ text: String, answer: String? = nil, row: [String: JSONValue] = [:],
        model: LanguageModel
    ) {
        self.text = text
        tokens = model.tokenizer.encode(text)
        self.answer = answer
        self.row = row
    }
}

/// A completion of a prompt, as tokens and as text.
public struct Rollout: Sendable, Codable {
    /// The tokens, their log-probabilities under the policy that sampled, and why it ended.
    public var completion: Completion
    /// The text, without special tokens.
    public var text: String
}

/// A prompt and the completions that are compared with each other.
public struct RolloutGroup: Sendable, Codable {
    /// The prompt.
    public var prompt: Prompt
    /// Its completions.
    public var rollouts: [Rollout]

    /// The tokens of the prompt and of every completion; the prompt counts once for each, as TRL
    /// counts it.
    var tokenCount: Int {
        rollouts.reduce(0) { $0 + prompt.tokens.count + $1.completion.tokens.count }
    }
}

extension LanguageModel {
    /// Samples a group of completions of each prompt.
    ///
    /// A completion's random stream is derived from the run's seed, the step, the prompt's place in
    /// it and the sample, so its tokens do not depend on what else is sampled beside it.
    ///
    /// - Parameters:
    ///   - prompts: one a group.
    ///   - groupSize: completions a prompt.
    ///   - settings: how they are sampled.
    ///   - seed: of the run.
    ///   - step: of the run.
    ///   - firstPlace: the place of the first prompt in the step; the others follow it.
    ///   - finished: told of each completion once it has ended, while others are still sampled.
    /// - Returns: a group for each prompt, in their order.
    public func rollouts(
        of prompts: [Prompt], groupSize: Int, settings: GenerationSettings, seed: UInt64, step: Int,
        firstPlace: Int = 0, finished: @Sendable (CompletionPlace, Rollout) -> Void = { _, _ in }
    ) -> [RolloutGroup] {
        rolloutsSoFar(
            of: prompts, groupSize: groupSize, settings: settings, seed: seed, step: step,
            firstPlace: firstPlace, stop: StopRequest(), finished: finished)
    }

    /// The same; sampling ends with the token at which `stop` is found requested.
    ///
    /// - Throws: `StepInterrupted` then.
    func rollouts(
        of prompts: [Prompt], groupSize: Int, settings: GenerationSettings, seed: UInt64, step: Int,
        firstPlace: Int = 0, stop: StopRequest,
        finished: @Sendable (CompletionPlace, Rollout) -> Void = { _, _ in }
    ) throws(StepInterrupted) -> [RolloutGroup] {
        try stop.check()
        let groups = rolloutsSoFar(
            of: prompts, groupSize: groupSize, settings: settings, seed: seed, step: step,
            firstPlace: firstPlace, stop: stop, finished: finished)
        try stop.check()
        return groups
    }

    private func rolloutsSoFar(
        of prompts: [Prompt], groupSize: Int, settings: GenerationSettings, seed: UInt64, step: Int,
        firstPlace: Int, stop: StopRequest,
        finished: @Sendable (CompletionPlace, Rollout) -> Void
    ) -> [RolloutGroup] {
        let span = Profile.begin(.sampling, [.rows(prompts.count * groupSize)])
        defer { span.end() }
        let requests = prompts.enumerated().map { place, prompt in
            GenerationRequest(
                prompt: prompt.tokens,
                streams: (0..<groupSize).map { sample in
                    RandomStream(
                        seed, UInt64(step), UInt64(firstPlace + place), UInt64(sample))
                })
        }
        let texts = Mutex<[CompletionPlace: String]>([:])
        let completions = generate(
            requests, settings: settings,
            goesOn: { _ in
                Failpoint.work("token")
                return !stop.isRequested
            },
            finished: { [tokenizer] place, completion in
                let text = Profile.span(.completionTexts) { tokenizer.decode(completion.tokens) }
                texts.withLock { $0[place] = text }
                finished(place, Rollout(completion: completion, text: text))
            })
        return zip(prompts, completions).enumerated().map { request, group in
            RolloutGroup(
                prompt: group.0,
                rollouts: group.1.enumerated().map { sample, completion in
                    let place = CompletionPlace(request: request, sample: sample)
                    return Rollout(
                        completion: completion, text: texts.withLock { $0[place] } ?? "")
                })
        }
    }
}
