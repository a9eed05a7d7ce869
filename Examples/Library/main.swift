import Foundation
import GRPO

// A Hugging Face model folder; `grpo init new` makes a small one of random weights.
let model = try LanguageModel(folder: URL(filePath: CommandLine.arguments[1]))
let prompts = (0..<100).map { Prompt("\($0)+\($0)=", answer: "\(2 * $0)", model: model) }

// A reward is a closure: here the share of the completion that is digits.
let digits = Reward("digits") { input in
    Double(input.completion.filter { "0123456789".contains($0) }.count) / 8
}

var settings = TrainerSettings(steps: 40, learningRate: 3e-3)
settings.promptsPerStep = 8
settings.grpo.groupSize = 8
settings.grpo.generation.maxNewTokens = 8

let trainer = try Trainer(model: model, prompts: prompts, rewards: [digits], settings: settings)
for try await step in trainer {
    print("step \(step.step)  reward \(step.reward)  entropy \(step["entropy"] ?? 0)")
}
try model.save(to: URL(filePath: CommandLine.arguments[2]))
