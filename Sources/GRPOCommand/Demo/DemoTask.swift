import Foundation
import Torch

/// The demo's task: the sum of six digits, answered at once.
///
///     prompt "3+9+0+7+5+5="   answer "29"
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

    /// 14,500 different problems, chosen and divided by the seed.
    init(seed: UInt64) {
        var stream = RandomStream(seed, 0x7461736B)
        var numbers: Set<Int> = []
        var all: [Problem] = []
        while all.count < 14_500 {
            let number = Int.random(in: 0..<1_000_000, using: &stream)
            if numbers.insert(number).inserted { all.append(Self.problem(number)) }
        }
        test = Array(all[..<500])
        pairs = Array(all[500..<2500])
        training = Array(all[2500...])
    }

    /// The sum of the six digits of a number.
    private static func problem(_ number: Int) -> Problem {
        var digits: [Int] = []
        var rest = number
        for _ in 0..<6 {
            digits.append(rest % 10)
            rest /= 10
        }
        return Problem(
            prompt: digits.map(String.init).joined(separator: "+") + "=",
            answer: "\(digits.reduce(0, +))")
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
