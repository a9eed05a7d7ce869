import Foundation
import Torch

/// The demo's task: the sum of four digits, answered at once.
///
///     prompt "3+9+0+7="   answer "19"
struct DemoTask {
    /// A problem and its right answer.
    struct Problem: Encodable {
        let prompt: String
        let answer: String
    }

    /// Pairs for the warm start.
    let pairs: [Problem]
    /// Prompts for GRPO; their answers only check.
    let training: [Problem]
    /// Prompts that no training sees.
    let test: [Problem]

    /// The 10,000 problems, divided by the seed.
    init(seed: UInt64) {
        var stream = RandomStream(seed, 0x7461736B)
        let all = (0..<10_000).shuffled(using: &stream).map { number in
            let digits = [number / 1000, number / 100 % 10, number / 10 % 10, number % 10]
            return Problem(
                prompt: digits.map(String.init).joined(separator: "+") + "=",
                answer: "\(digits.reduce(0, +))")
        }
        test = Array(all[..<500])
        pairs = Array(all[500..<2500])
        training = Array(all[2500...])
    }

    /// Writes `pairs.jsonl`, `train.jsonl` and `test.jsonl`.
    func write(to folder: URL) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let files = [("pairs", pairs), ("train", training), ("test", test)]
        for (name, problems) in files {
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys
            let lines = try problems.map {
                String(decoding: try encoder.encode($0), as: UTF8.self) + "\n"
            }
            try Data(lines.joined().utf8).write(to: folder.appending(path: "\(name).jsonl"))
        }
    }
}
