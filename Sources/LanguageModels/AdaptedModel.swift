public import Foundation
public import NeuralNetwork
import Tokenizers
public import Torch

extension LanguageModel {
    /// This model with another adapter or none, on the same weights, which stay as they are.
    public func adapted(by adapter: LowRankAdapter?) throws -> LanguageModel {
        with(try decoder.adapted(by: adapter))
    }

    /// The model as it is now, to hold the policy to: the same weights, with a copy of the adapter
    /// where that changes anything yet.
    public func adapterReference() throws -> LanguageModel {
        let changes = (decoder.adapter?.layers ?? []).contains { layer in
            withoutGradients { (layer.up.value * layer.up.value).sum().item > 0 }
        }
        return with(changes ? try decoder.copyingAdapter() : try decoder.adapted(by: nil))
    }

    /// A model without an adapter that computes the same: the adapter is in its weights.
    ///
    /// - Parameter dtype: of the new weights; by default that of these.
    /// - Returns: the new model.
    /// - Throws: `ModelError` where a weight is missing.
    public func merged(dtype: DType? = nil) throws -> LanguageModel {
        with(try decoder.merged(dtype: dtype))
    }

    private func with(_ decoder: Decoder) -> LanguageModel {
        LanguageModel(
            decoder: decoder, tokenizer: tokenizer, stopTokens: stopTokens,
            copiedFiles: copiedFiles)
    }

    /// Writes the files of an adapter's folder.
    func write(_ adapter: LowRankAdapter, into folder: URL) throws {
        try Failpoint.around("model.file.write") {
            try adapter.settings.json(base: adapter.base)
                .write(to: folder.appending(path: AdapterFolder.configurationName))
        }
        try SafetensorsFile.write(
            adapter.parameters.map { (AdapterFolder.prefix + $0.name, $0.value) },
            to: folder.appending(path: AdapterFolder.weightsName))
        try Failpoint.around("model.tokenizer.write") { try tokenizer.write(to: folder) }
    }
}

/// Loading what may be a model or an adapter of one.
extension LanguageModel {
    /// A model from its folder, with an adapter if there is one.
    ///
    /// - Parameters:
    ///   - folder: of the model; or of an adapter, which names its model.
    ///   - adapter: the adapter's folder, where `folder` is the model's.
    ///   - device: where the weights go.
    ///   - dtype: the type of the model's weights; by default float32 on the CPU, bfloat16 on CUDA.
    /// - Returns: the model.
    /// - Throws: an error that names the file, what was expected and what was found.
    public static func load(
        _ folder: URL, adapter: URL? = nil, device: Device = .cpu, dtype: DType? = nil
    ) throws -> LanguageModel {
        let (base, adapter) = try parts(folder, adapter: adapter)
        let model = try LanguageModel(folder: base, device: device, dtype: dtype)
        guard let adapter else { return model }
        return model.with(
            try adapter.adapting(model.decoder, base: base.standardizedFileURL.path))
    }

    /// Merges an adapter with its model into a new model folder.
    ///
    /// - Parameters:
    ///   - adapter: its folder.
    ///   - model: the model's folder; by default the one that the adapter names.
    ///   - output: the folder to make.
    ///   - dtype: of the weights that are written; by default what the model's `config.json` says.
    /// - Throws: an error that names the file, what was expected and what was found.
    public static func merge(
        adapter: URL, into model: URL? = nil, output: URL, dtype: DType? = nil
    ) throws {
        // In float32, so that the sum is rounded once.
        let base = try model ?? AdapterFolder(adapter).modelFolder()
        let adapted = try load(base, adapter: adapter, dtype: .float32)
        let configured = try adapted.copiedFiles["config.json"].flatMap {
            try JSONDecoder().decode(WeightType.self, from: $0).name
        }
        try adapted.merged(dtype: dtype ?? configured.flatMap(DType.init) ?? .float32)
            .save(to: output)
    }

    fileprivate static func parts(
        _ folder: URL, adapter: URL?
    ) throws -> (model: URL, adapter: AdapterFolder?) {
        guard AdapterFolder.isThere(folder) else {
            return (folder, try adapter.map(AdapterFolder.init))
        }
        guard adapter == nil else {
            throw ModelError(
                file: folder.path,
                reason: "it is an adapter itself, and another one is given too. Only one can be "
                    + "used: merge this one first (grpo merge), or give its model.")
        }
        let own = try AdapterFolder(folder)
        return (try own.modelFolder(), own)
    }
}

extension Decoder {
    /// `LanguageModel.load` without a tokenizer.
    public static func load(
        _ folder: URL, adapter: URL? = nil, device: Device = .cpu, dtype: DType? = nil
    ) throws -> Decoder {
        let (base, adapter) = try LanguageModel.parts(folder, adapter: adapter)
        let decoder = try Decoder(folder: base, device: device, dtype: dtype)
        return try adapter?.adapting(decoder) ?? decoder
    }
}

/// The type of the weights in `config.json`, under its new name or its old one.
private struct WeightType: Decodable {
    let dtype: String?
    let torchType: String?
    var name: String? { dtype ?? torchType }
    enum CodingKeys: String, CodingKey {
        case dtype
        case torchType = "torch_dtype"
    }
}
