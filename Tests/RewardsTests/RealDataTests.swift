import Foundation
import Rewards
import Testing

/// The verifiers on published data; skipped where `SharedData` finds none.
@Suite(.enabled(if: SharedData.isPresent, SharedData.absence))
struct RealDataTests {
    @Test func numberAcceptsAllSolutionsOfGSM8KAndNoneChanged() async throws {
        let rows = try SharedData.rows("gsm8k/train.jsonl") + SharedData.rows("gsm8k/test.jsonl")
        #expect(rows.count == 8_792)
        let rewards = [Reward.number(), .number(extracting: .after("####"))]
        var wrong: [String] = []
        for row in rows {
            let solution = try #require(row["answer"]?.text)
            let parts = solution.components(separatedBy: "#### ")
            let answer = try #require(parts.last)
            let number = try #require(Int(answer.replacing(",", with: "")))
            let more = "\(parts[0])#### \(number + 1)"
            let flipped = "\(parts[0])#### \(-number)"
            for reward in rewards {
                let scores = [
                    try await reward.score(solution, answer: solution),
                    try await reward.score(solution, answer: answer),
                    try await reward.score(more, answer: answer),
                    try await reward.score(flipped, answer: answer),
                ]
                if scores != [1, 1, 0, number == 0 ? 1 : 0] { wrong.append(solution) }
            }
        }
        #expect(wrong.isEmpty)
    }

    @Test(arguments: ["train", "test"])
    func countdownAcceptsEveryAnswerAndNoneChanged(_ part: String) async throws {
        let rows = try SharedData.rows("reasoning_gym/countdown.\(part).jsonl")
        let reward = Reward.countdown()
        for row in rows {
            let answer = try #require(row["answer"]?.text)
            guard case .array(let numbers)? = row["numbers"], let first = numbers.first,
                case .number(let target)? = row["target"]
            else { throw SharedDataError(text: "a row without numbers or target: \(row)") }

            #expect(try await reward.score(RewardInput(completion: answer, row: row)) == 1)
            let claim = "\(answer) = \(JSONValue.number(target).text)"
            #expect(try await reward.score(RewardInput(completion: claim, row: row)) == 1)

            // The same value, with one number used twice more than it is given.
            let uses = Array(repeating: first.text, count: numbers.count { $0 == first } + 1)
            let again = uses.map { " + \($0) - \($0)" }.joined()
            #expect(try await reward.score(RewardInput(completion: answer + again, row: row)) == 0)

            var other = row
            other["target"] = .number(target + 1)
            #expect(try await reward.score(RewardInput(completion: answer, row: other)) == 0)
        }
    }

    @Test(arguments: ["chain_sum", "letter_counting"])
    func numberAcceptsEveryAnswerAndNoneChanged(_ task: String) async throws {
        for part in ["train", "test"] {
            for row in try SharedData.rows("reasoning_gym/\(task).\(part).jsonl") {
                let answer = try #require(row["answer"]?.text)
                let number = try #require(Int(answer))
                let reward = Reward.number()
                #expect(try await reward.score("It is \(answer).", answer: answer) == 1)
                #expect(try await reward.score("It is \(number + 1).", answer: answer) == 0)
                let flipped: Double = number == 0 ? 1 : 0
                #expect(try await reward.score("It is \(-number).", answer: answer) == flipped)
            }
        }
    }
}

/// The folder of shared data: `$GRPO_SHARED_DATA`, or `../shared/data` beside the repository.
enum SharedData {
    static let folder: URL = {
        if let path = ProcessInfo.processInfo.environment["GRPO_SHARED_DATA"] {
            return URL(filePath: path)
        }
        // …/Tests/RewardsTests/RealDataTests.swift, three levels below the root.
        let file = URL(filePath: #filePath).resolvingSymlinksInPath()
        let root = (0..<3).reduce(file) { url, _ in url.deletingLastPathComponent() }
        return root.appending(path: "../shared/data").standardizedFileURL
    }()

    static var isPresent: Bool {
        ["gsm8k", "reasoning_gym"].allSatisfy {
            FileManager.default.fileExists(atPath: folder.appending(path: $0).path)
        }
    }

    static var absence: Comment {
        "no gsm8k and reasoning_gym in \(folder.path); GRPO_SHARED_DATA may name their folder"
    }

    static func rows(_ file: String) throws -> [[String: JSONValue]] {
        let text = try Data(contentsOf: folder.appending(path: file))
        return try text.split(separator: UInt8(ascii: "\n")).map { line in
            try JSONDecoder().decode([String: JSONValue].self, from: Data(line))
        }
    }
}

struct SharedDataError: Error {
    let text: String
}
