public import Foundation
import Torch

/// What an adapter folder of PEFT holds, from its headers and its configuration.
public struct AdapterInspection: Sendable, Encodable {
    /// The folder.
    public let folder: String
    /// `peft_type`, such as `LORA`.
    public let kind: String
    /// r
    public let rank: Int?
    /// `lora_alpha`
    public let alpha: Double?
    /// The layers that it changes, or `all-linear`.
    public let targets: [String]
    /// The model that it was trained on.
    public let base: String?
    /// Its tensors, weights and bytes.
    public let tensors, parameters, bytes: Int
    /// Why it cannot be used, or not without being told its model.
    public let findings: [ModelInspection.Finding]

    /// Looks at an adapter folder.
    ///
    /// - Throws: an error that names the file that cannot be used.
    public init(folder: URL) throws {
        struct Mirror: Decodable {
            let kind: String?
            let rank: Int?
            let alpha: Double?
            let targets: Names?
            let base: String?

            enum CodingKeys: String, CodingKey {
                case kind = "peft_type"
                case rank = "r"
                case alpha = "lora_alpha"
                case targets = "target_modules"
                case base = "base_model_name_or_path"
            }
        }
        let file = folder.appending(path: AdapterFolder.configurationName)
        let mirror: Mirror
        do {
            mirror = try JSONDecoder().decode(Mirror.self, from: Data(contentsOf: file))
        } catch let error as DecodingError {
            throw ModelError(file: file.path, decoding: error)
        }
        let weights = try SafetensorsFile(folder.appending(path: AdapterFolder.weightsName))
        self.folder = folder.path
        kind = mirror.kind ?? "unknown"
        rank = mirror.rank
        alpha = mirror.alpha
        targets = mirror.targets?.names ?? []
        base = mirror.base
        tensors = weights.entries.count
        parameters = weights.entries.values.reduce(0) { $0 &+ $1.shape.reduce(1, &*) }
        bytes = weights.entries.values.reduce(0) { $0 + $1.bytes.count }
        findings = Self.findings(in: folder)
    }

    private static func findings(in folder: URL) -> [ModelInspection.Finding] {
        do {
            let adapter = try AdapterFolder(folder)
            do { _ = try adapter.modelFolder() } catch {
                return [ModelInspection.Finding(severity: .warning, text: "\(error)")]
            }
            return []
        } catch {
            return [ModelInspection.Finding(severity: .error, text: "\(error)")]
        }
    }

    /// A list of names, or one text such as `all-linear`.
    private struct Names: Decodable {
        let names: [String]

        init(from decoder: any Swift.Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let one = try? container.decode(String.self) {
                names = [one]
            } else {
                names = try container.decode([String].self)
            }
        }
    }
}
