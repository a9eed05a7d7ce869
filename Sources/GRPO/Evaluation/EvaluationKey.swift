package import Foundation
import LanguageModels
import Torch

/// All that the outcomes of an evaluation depend on; its digest is the name of the cached entry.
///
/// What is only computed from the outcomes, such as the k of pass@k, is not in it.
package struct EvaluationKey: Codable, Sendable {
    /// Raised where outcomes or their meaning change.
    private var format = 1
    /// The program and libtorch.
    private let program: String
    /// The digest of each file of the model, and of its adapter's and that one's model.
    private let files: [String: String]
    /// The day, where a chat template writes it into prompts.
    private let day: String?
    private let data: String
    private let limit: Int?
    private let prompt: String
    private let answer: String?
    private let rewards: [String]
    private let generation: [String]
    private let samples: Int
    private let votes: Bool
    private let seed: UInt64
    private let maxFailureShare: Double
    private let device: String

    /// The key of an evaluation.
    ///
    /// - Parameters:
    ///   - folders: of the model, or of an adapter and its model.
    ///   - data: the rows; `train` is the file, `limit` how many of them.
    ///   - rewards: what scores them.
    ///   - settings: how completions are sampled.
    ///   - device: where.
    ///   - program: its version.
    /// - Throws: where a file cannot be read.
    package init(
        folders: [URL], data: Configuration.Data, rewards: [RewardConfiguration],
        settings: EvaluationSettings, device: Device, program: String
    ) throws {
        self.program = program
        var files: [String: String] = [:]
        var writesDay = false
        for (place, folder) in folders.enumerated() {
            for file in try Self.files(of: folder) {
                files["\(place)/\(file.lastPathComponent)"] = try Checksum.text(ofFile: file.path)
                    .checksum
                guard !file.path.hasSuffix(".safetensors"),
                    let text = try? String(contentsOf: file, encoding: .utf8)
                else { continue }
                writesDay = writesDay || text.contains("strftime_now")
            }
        }
        self.files = files
        day = writesDay ? data.chat.dated().date : nil
        self.data = try Checksum.text(ofFile: data.train).checksum
        limit = data.limit
        prompt = data.prompt.text
        answer = data.answer?.text
        self.rewards = rewards.map(\.yaml.text)
        let (generation, sampling) = (settings.generation, settings.generation.sampling)
        self.generation =
            [
                "\(generation.maxNewTokens)", "\(sampling.temperature)", "\(sampling.topK)",
                "\(sampling.topP)", "\(sampling.minP)", "\(generation.ignoresStopTokens)",
            ] + generation.stopStrings
        samples = settings.samples
        votes = !settings.majorityAt.isEmpty
        seed = settings.seed
        maxFailureShare = settings.maxFailureShare
        self.device = "\(device)"
    }

    /// The name of the entry.
    package var digest: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return Checksum.text(of: (try? encoder.encode(self)) ?? Data())
    }

    /// The files that make a model or an adapter what it is.
    private static func files(of folder: URL) throws -> [URL] {
        let kinds: Set<String> = ["safetensors", "json", "jinja", "txt", "model"]
        return try FileManager.default.contentsOfDirectory(
            at: folder, includingPropertiesForKeys: nil
        ).filter { kinds.contains($0.pathExtension) }
    }
}
