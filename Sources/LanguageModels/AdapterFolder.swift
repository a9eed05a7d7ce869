public import Foundation
import NeuralNetwork
import Torch

/// The folder of an adapter, as PEFT lays it out.
///
/// | file | holds |
/// |---|---|
/// | `adapter_config.json` | the choices, and where the model is that it belongs to |
/// | `adapter_model.safetensors` | A and B of each layer, under PEFT's names |
/// | `tokenizer.json`, … | the model's tokenizer, as TRL saves it beside an adapter |
public struct AdapterFolder {
    /// The folder.
    public let url: URL
    private let settings: LowRankAdapterSettings
    private let base: String?

    static let configurationName = "adapter_config.json"
    static let weightsName = "adapter_model.safetensors"
    /// What PEFT puts before the name that a layer has in its model.
    static let prefix = "base_model.model."

    /// Whether a folder is an adapter's.
    public static func isThere(_ folder: URL) -> Bool {
        FileManager.default.fileExists(
            atPath: folder.appending(path: configurationName).path)
    }

    /// Reads `adapter_config.json`.
    ///
    /// - Throws: `ModelError` naming the key that is missing, wrong or not supported.
    public init(_ url: URL) throws(ModelError) {
        self.url = url
        let file = url.appending(path: Self.configurationName)
        guard let data = try? Data(contentsOf: file) else {
            throw ModelError(
                file: file.path, reason: "it cannot be read; is this the folder of an adapter?")
        }
        (settings, base) = try LowRankAdapterSettings.read(json: data, file: file.path)
    }

    /// Where the adapter's model is: `base_model_name_or_path`, seen from the working directory as
    /// PEFT sees it, else from the adapter's folder.
    public func modelFolder() throws(ModelError) -> URL {
        let places = [URL(filePath: base ?? ""), url.appending(path: base ?? "")]
        let isModel = { (place: URL) in
            FileManager.default.fileExists(atPath: place.appending(path: "config.json").path)
        }
        guard base != nil, let place = places.first(where: isModel) else {
            throw ModelError(
                file: url.appending(path: Self.configurationName).path,
                reason: "base_model_name_or_path is "
                    + (base.map { "\"\($0)\", and there is no model folder" } ?? "not set")
                    + ". Give the model itself, and this folder as its adapter (--adapter).")
        }
        return place
    }

    /// A decoder on the weights of another with this adapter.
    ///
    /// - Parameters:
    ///   - decoder: of the model that the adapter belongs to.
    ///   - base: what the adapter's own file will call the model; by default what it does now.
    /// - Returns: the new decoder.
    /// - Throws: `ModelError` naming the key or the tensor that does not fit.
    func adapting(_ decoder: Decoder, base: String? = nil) throws -> Decoder {
        let file = try SafetensorsFile(url.appending(path: Self.weightsName))
        var unused = Set(file.entries.keys)
        let source = ParameterSource { name, shape, _ in
            let name = Self.prefix + name
            guard let entry = file.entries[name] else {
                throw ModelError(
                    file: file.url.path,
                    reason: "\"\(name)\" is missing, though \(Self.configurationName) targets the "
                        + "layer.")
            }
            guard entry.shape == shape else {
                throw ModelError(
                    file: file.url.path,
                    reason: "\"\(name)\" has shape \(entry.shape), expected \(shape). Does the "
                        + "adapter belong to this model, and the file to its "
                        + "\(Self.configurationName)?")
            }
            unused.remove(name)
            // A and B learn in float32 whatever they were saved in, as PEFT loads them.
            return try file.tensor(name).to(.float32, device: decoder.device)
        }
        let adapted: Decoder
        do {
            adapted = try decoder.adapted(
                by: LowRankAdapter(settings, from: source, base: base ?? self.base))
        } catch let error as LowRankAdapterError {
            throw ModelError(
                file: url.appending(path: Self.configurationName).path, reason: error.description)
        }
        if let name = unused.min() {
            throw ModelError(
                file: file.url.path,
                reason: "\"\(name)\" (one of \(unused.count)) is no adapter of a linear layer of "
                    + "this model that \(Self.configurationName) targets.")
        }
        return adapted
    }
}
