public import Foundation
public import LanguageModels
import NeuralNetwork
import Tokenizers
public import Torch

/// The golden values that scripts under `Scripts/peers` made with transformers and PyTorch.
public enum Fixtures {
    /// The folder of the fixtures.
    public static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Fixtures")

    /// A golden file, decoded with the keys as they stand in snake case.
    public static func golden<Value: Decodable>(_ type: Value.Type, _ path: String) throws -> Value
    {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(type, from: Data(contentsOf: folder.appending(path: path)))
    }

    /// A model whose weights transformers wrote, with the byte-level tokenizer.
    public static func model(_ name: String, dtype: DType = .float32) throws -> LanguageModel {
        let place = folder.appending(path: name)
        let file = place.appending(path: "config.json")
        let configuration = try DecoderConfiguration(
            json: Data(contentsOf: file), file: file.path)
        let weights = try SafetensorsFile(place.appending(path: "model.safetensors"))
        let decoder = try Decoder(
            configuration,
            from: ParameterSource { name, _, _ in try weights.tensor(name).to(dtype) })
        return LanguageModel(decoder: decoder, tokenizer: .byteLevel(), stopTokens: [])
    }
}

/// A new folder that is removed when `body` returns or throws.
public func withTemporaryFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory
        .appending(path: "swift-grpo-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
}

/// The largest |a − b|; infinite where the counts differ.
public func largestDifference<Number: BinaryFloatingPoint>(
    _ a: [Number], _ b: [Number]
) -> Double {
    guard a.count == b.count else { return .infinity }
    return zip(a, b).map { Double(abs($0 - $1)) }.max() ?? 0
}

/// The largest |a − b| / max(|a|, |b|, floor).
public func largestRelativeDifference<Number: BinaryFloatingPoint>(
    _ a: [Number], _ b: [Number], floor: Double = 1e-12
) -> Double {
    guard a.count == b.count else { return .infinity }
    return zip(a, b).map { a, b in
        Double(abs(a - b)) / max(Double(abs(a)), Double(abs(b)), floor)
    }.max() ?? 0
}
