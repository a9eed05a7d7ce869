// `import GRPO` is all that a program needs: models, tokens, layers' settings and rewards come along.
@_exported public import LanguageModels
@_exported public import NeuralNetwork
@_exported public import Rewards
@_exported public import Tokenizers
@_exported public import Torch
