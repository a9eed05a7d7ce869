import Foundation
import Torch

/// What the last bits of a run's numbers depend on beside its configuration and files.
struct RunSurroundings: Codable, Equatable, Sendable {
    /// The version of libtorch.
    var libtorch = Library.loadedVersion
    /// The threads that an operation may use on the CPU.
    var threads = Library.threadCount
    /// Where the tensors lie.
    var device: String
    /// The processor's name, where the system says it.
    var processor = Self.processorName

    /// Those of this process.
    init(_ device: Device) { self.device = device.description }

    private static var processorName: String? {
        let lines = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?
            .split(separator: "\n")
        return lines?.first { $0.hasPrefix("model name") }?
            .split(separator: ":", maxSplits: 1).last
            .map { $0.trimmingCharacters(in: .whitespaces) }
    }

    /// What a person should know of the differences from those that a checkpoint was made in.
    func warnings(since old: RunSurroundings) -> [String] {
        let differences: [(String, String, String)] = [
            ("libtorch", old.libtorch, libtorch), ("threads", "\(old.threads)", "\(threads)"),
            ("device", old.device, device),
            ("processor", old.processor ?? "unknown", processor ?? "unknown"),
        ]
        return differences.filter { $1 != $2 }.map { name, old, new in
            "\(name): the checkpoint was made with \(old), this is \(new). The run goes on, but its "
                + "numbers may differ in their last bits from those of a run never stopped."
        }
    }
}
