import ArgumentParser
import LanguageModels

/// How completions are sampled.
struct GenerationOptions: ParsableArguments {
    @Option(help: "The most tokens of a completion.")
    var maxNewTokens = 256

    @Option(help: "The logits are divided by it; 0 is greedy.")
    var temperature = 1.0

    @Option(help: "Only the k most probable tokens; 0 for all.")
    var topK = 0

    @Option(help: "Only the most probable tokens up to this sum of probabilities; 1 for all.")
    var topP = 1.0

    @Option(help: "Only tokens at least this share as probable as the best; 0 for all.")
    var minP = 0.0

    @Option(help: "A text that ends a completion; may be given several times.")
    var stop: [String] = []

    @Option(help: "Seed of the samples.")
    var seed: UInt64 = 0

    var settings: GenerationSettings {
        GenerationSettings(
            maxNewTokens: maxNewTokens,
            sampling: SamplingSettings(
                temperature: temperature, topK: topK, topP: topP, minP: minP),
            stopStrings: stop)
    }

    func validate() throws {
        if maxNewTokens < 1 {
            throw ValidationError("--max-new-tokens \(maxNewTokens): expected 1 or more.")
        }
        if !(temperature >= 0) {
            throw ValidationError("--temperature \(temperature): expected 0 or more.")
        }
        if topK < 0 { throw ValidationError("--top-k \(topK): expected 0 or more.") }
        if !(topP > 0 && topP <= 1) {
            throw ValidationError("--top-p \(topP): expected more than 0, at most 1.")
        }
        if !(0...1).contains(minP) { throw ValidationError("--min-p \(minP): expected 0 to 1.") }
    }
}
