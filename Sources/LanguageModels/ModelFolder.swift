public import Foundation
import NeuralNetwork
import Tokenizers
public import Torch

/// Reading a Hugging Face model folder.
extension LanguageModel {
    /// Loads a model folder.
    ///
    /// At its peak this takes the memory of the weights and of one tensor beside them at most.
    ///
    /// - Parameters:
    ///   - folder: with `config.json`, `model.safetensors` or shards and their index,
    ///     `tokenizer.json`, and perhaps `generation_config.json` and `tokenizer_config.json`.
    ///   - device: where the weights go.
    ///   - dtype: their type; by default float32 on the CPU, bfloat16 on CUDA.
    /// - Throws: an error that names the file, what was expected and what was found.
    public convenience init(
        folder: URL, device: Device = .cpu, dtype: DType? = nil
    ) throws {
        let files = try ModelFiles(folder)
        let configuration = try files.configuration()
        let tokenizer = try Tokenizer(folder: folder)
        try tokenizer.check(against: configuration, folder: folder)
        let decoder = try Decoder(
            configuration, from: files.weights(of: configuration, device: device, dtype: dtype))
        self.init(
            decoder: decoder, tokenizer: tokenizer,
            stopTokens: try files.stopTokens(configuration, tokenizer).all,
            copiedFiles: files.copied)
    }
}

extension Decoder {
    /// Loads the network of a model folder, without its tokenizer.
    ///
    /// - Throws: an error that names the file, what was expected and what was found.
    public convenience init(folder: URL, device: Device = .cpu, dtype: DType? = nil) throws {
        let files = try ModelFiles(folder)
        let configuration = try files.configuration()
        try self.init(
            configuration, from: files.weights(of: configuration, device: device, dtype: dtype))
    }
}

extension Tokenizer {
    /// Throws where the tokenizer belongs to another model.
    ///
    /// Added tokens may lie beyond the model's rows (Gemma 3's text models have one such, for
    /// images): they are never sampled, and a prompt that holds one is refused.
    func check(against configuration: DecoderConfiguration, folder: URL) throws(ModelError) {
        let rows = configuration.vocabularySize
        guard vocabularySize > rows,
            let beyond = (rows..<vocabularySize).first(where: {
                !isAddedToken($0) && token(for: $0) != nil
            })
        else { return }
        throw ModelError(
            file: folder.appending(path: "tokenizer.json").path,
            reason: "its token \(beyond) has no row in the model: vocab_size in config.json is "
                + "\(rows). Are both from the same model?")
    }
}

extension LanguageModel {
    /// The first of the tokens that the model has no row for; a prompt with one cannot be used.
    public func unknownToken(in tokens: [Int]) -> Int? {
        tokens.first { !(0..<decoder.configuration.vocabularySize).contains($0) }
    }
}
