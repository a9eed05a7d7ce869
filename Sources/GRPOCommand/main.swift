import Foundation
import GRPO
import LanguageModels
import NeuralNetwork
import Rewards
import Tokenizers
import Torch
func print(_ items: Any...) { Swift.print(items.map { "\($0)" }.joined(separator: " ")); fflush(nil) }

func env(_ k: String, _ d: Double) -> Double { ProcessInfo.processInfo.environment[k].flatMap(Double.init) ?? d }
nonisolated let task = ProcessInfo.processInfo.environment["TASK"] ?? "add"
nonisolated func problem(_ r: inout RandomStream) -> (String, String) {
    switch task {
    case "add":
        let a = Int(r.uniform() * 100), b = Int(r.uniform() * 100)
        return ("\(a)+\(b)=", "\(a + b)")
    case "sort":
        let n = 6
        let d = (0..<n).map { _ in Int(r.uniform() * 10) }
        return (d.map(String.init).joined() + ">", d.sorted().map(String.init).joined())
    default:
        let n = 4
        let d = (0..<n).map { _ in Int(r.uniform() * 10) }
        return (d.map(String.init).joined(separator: "+") + "=", "\(d.reduce(0, +))")
    }
}
var r = RandomStream(UInt64(env("SEED", 0)), 77)
var config = DecoderConfiguration(.nano)
config.hiddenSize = Int(env("E", 128)); config.headWidth = config.hiddenSize / 4; config.feedForwardSize = Int(env("F", 256)); config.layerCount = Int(env("L", 3))
let model = try LanguageModel(random: config, seed: UInt64(env("SEED", 0)))
print("parameters", model.decoder.configuration.parameterCount)
let test = (0..<500).map { _ in problem(&r) }
let testSet = Set(test.map(\.0))
@MainActor func fresh() -> (String, String) { while true { let p = problem(&r); if !testSet.contains(p.0) { return p } } }
@MainActor func accuracy(_ s: SamplingSettings) -> Double {
    let requests = test.enumerated().map { GenerationRequest(prompt: model.tokenizer.encode($1.0), streams: [RandomStream(9, UInt64($0))]) }
    let out = model.generate(requests, settings: GenerationSettings(maxNewTokens: 8, sampling: s))
    return Double(zip(out, test).count { model.tokenizer.decode($0[0].tokens) == $1.1 }) / 500
}
let start = ContinuousClock.now
var adam = AdamW.Settings(); adam.beta2 = env("BETA2", 0.99)
let sft = SupervisedStep(model: model, optimizer: adam, microBatchTokens: 1 << 20, maxGradientNorm: 1)
let pool = (0..<Int(env("POOL", 2000))).map { _ in fresh() }
let sftSteps = Int(env("SFT", 300))
for step in 0..<sftSteps {
    let ex = (0..<Int(env("SB", 64))).map { _ in pool[Int(r.uniform() * Double(pool.count))] }.map { SupervisedExample(prompt: $0.0, answer: $0.1, model: model) }
    let lr = env("SLR", 3e-3) * min(1, Double(step + 1) / 20)
    let m = sft(ex, learningRate: lr)
    if step % 50 == 0 || step == sftSteps - 1 { print("sft", step, m.loss, ContinuousClock.now - start) }
}
print("warm greedy", accuracy(.greedy), "sampled", accuracy(SamplingSettings()), ContinuousClock.now - start)
var settings = GRPOSettings()
settings.groupSize = Int(env("G", 8)); settings.generation.maxNewTokens = 8
settings.optimizer = adam; settings.microBatchTokens = 1 << 20
settings.advantage = env("STD", 1) > 0 ? .groupMeanAndDeviation(epsilon: 1e-4) : .groupMean
settings.passes = Int(env("PASSES", 1)); settings.objective.clipHigh = env("CH", 0.2)
let grpo = GRPOStep(policy: model, rewards: [Reward("exact") { $0.completion == $0.answer ? 1 : 0 }], settings: settings)
let t0 = ContinuousClock.now
for step in 0..<Int(env("STEPS", 200)) {
    let prompts = (0..<Int(env("B", 32))).map { _ in let p = fresh(); return Prompt(p.0, answer: p.1, model: model) }
    let lr = env("LR", 3e-4) * min(1, Double(step + 1) / 10)
    let out = try await grpo(prompts, step: step, learningRate: lr)
    if step % 25 == 0 { let m = out.metrics
      print("grpo", step, m.reward, "inf", m["groups/informative"]!, "ent", m["entropy"]!, "drift", m["logp_drift"]!, "t", m["time/sampling"]!, m["time/scoring"]!, m["time/training"]!, "greedy", accuracy(.greedy), ContinuousClock.now - t0) }
}
print("final greedy", accuracy(.greedy), "sampled", accuracy(SamplingSettings()), ContinuousClock.now - t0)
