import GRPO

let model = try LanguageModel(random: DecoderConfiguration(.nano), seed: 0)
let vowels = Reward("vowels") { Double($0.completion.filter { "aeiou".contains($0) }.count) }
let trainer = try Trainer(
    model: model, prompts: [Prompt("say a vowel: ", model: model)], rewards: [vowels],
    settings: TrainerSettings(steps: 1, learningRate: 1e-3))
for try await step in trainer { print("step \(step.step): reward \(step.reward)") }
