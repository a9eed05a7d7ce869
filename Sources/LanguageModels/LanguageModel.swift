package import Foundation
import NeuralNetwork
public import Tokenizers
public import Torch

/// A decoder with its tokenizer and stop tokens: a Hugging Face model folder in memory.
public final class LanguageModel {
    /// The network.
    public let decoder: Decoder
    /// Text to tokens and back.
    public let tokenizer: Tokenizer
    /// The tokens that end a completion.
    public let stopTokens: Set<Int>
    /// Files of the folder that are copied as they are.
    let copiedFiles: [String: Data]

    /// A model put together from its parts.
    ///
    /// - Parameters:
    ///   - decoder: the network.
    ///   - tokenizer: of at most as many tokens as the decoder knows.
    ///   - stopTokens: the tokens that end a completion.
    ///   - copiedFiles: files of the folder that saving copies as they are.
    package init(
        decoder: Decoder, tokenizer: Tokenizer, stopTokens: Set<Int>,
        copiedFiles: [String: Data] = [:]
    ) {
        self.decoder = decoder
        self.tokenizer = tokenizer
        self.stopTokens = stopTokens
        self.copiedFiles = copiedFiles
    }

    /// The output layer without rows beyond the tokenizer, which are never sampled, `[V, E]`.
    public var outputWeight: Tensor {
        let weight = decoder.outputWeight
        let count = min(tokenizer.vocabularySize, weight.shape[0])
        return count == weight.shape[0] ? weight : weight.narrowed(0, from: 0, count: count)
    }

    /// The longest sequence that the model was made for, prompt and completion together.
    public var contextLength: Int { decoder.configuration.contextLength }

    /// A new decoder with random weights and the byte-level tokenizer.
    ///
    /// - Parameters:
    ///   - configuration: the shape; vocabulary and stop tokens follow the tokenizer.
    ///   - seed: of the weights.
    ///   - device: where the weights lie.
    /// - Throws: `ModelError` for a shape that makes no decoder.
    public convenience init(
        random configuration: DecoderConfiguration, seed: UInt64, device: Device = .cpu
    ) throws {
        let tokenizer = Tokenizer.byteLevel()
        var configuration = configuration
        configuration.vocabularySize = tokenizer.vocabularySize
        configuration.stopTokens = tokenizer.endOfTextToken.map { [$0] } ?? []
        self.init(
            decoder: try Decoder(configuration, from: .random(seed: seed, device: device)),
            tokenizer: tokenizer, stopTokens: Set(configuration.stopTokens), copiedFiles: [:])
    }
}

extension DecoderConfiguration {
    /// The sizes of new decoders.
    public enum Size: String, Sendable, CaseIterable {
        /// 0.4 million parameters: seconds a run on a laptop's CPU.
        case nano
        /// 3 million parameters
        case tiny
        /// 13 million parameters
        case small
    }

    /// A new decoder of a size.
    public init(_ size: Size) {
        self.init()
        tiesEmbeddings = true
        contextLength = 1024
        (hiddenSize, layerCount, headCount, keyValueHeadCount, feedForwardSize) =
            switch size {
            case .nano: (128, 3, 4, 2, 256)
            case .tiny: (256, 4, 4, 2, 768)
            case .small: (384, 8, 6, 2, 1024)
            }
        headWidth = hiddenSize / headCount
    }
}
