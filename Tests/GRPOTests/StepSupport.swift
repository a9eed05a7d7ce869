import LanguageModels
import Rewards

@testable import GRPO

/// A reward in which short random completions differ: the sum of their bytes modulo 7.
let bytesModulo7 = Reward("digits") { input in
    Double(input.completion.utf8.reduce(0) { $0 + Int($1) } % 7)
}

/// Three prompts of different lengths, of tokens that the tiny fixtures have.
func threePrompts(_ model: LanguageModel) -> [Prompt] {
    ["A", "LONG PROMPT", "7"].map { Prompt($0, model: model) }
}
