import Foundation
import GRPO
import TestSupport
import Testing

@Suite("The program of README.md")
struct LibraryExampleTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    @Test("is the one that is compiled")
    func readmeShowsTheCompiledProgram() throws {
        let program = try String(
            contentsOf: Self.root.appending(path: "Examples/Library/main.swift"), encoding: .utf8)
        let readme = try String(
            contentsOf: Self.root.appending(path: "README.md"), encoding: .utf8)
        #expect(readme.contains("```swift\n\(program)```"))
    }

    @Test("raises the reward of a random decoder and saves a model that loads")
    func rewardRisesFromARandomDecoder() throws {
        try withTemporaryFolder { folder in
            let model = try LanguageModel(random: DecoderConfiguration(.nano), seed: 0)
            try model.save(to: folder.appending(path: "new"))
            let outcome = try Program("LibraryExample").run(["new", "trained"], in: folder)
            #expect(outcome.status == 0, "\(outcome.errors)")
            let rewards = outcome.output.split(separator: "\n").compactMap { line in
                Double(line.split(separator: " ")[3])
            }
            #expect(rewards.count == 40)
            let first = rewards.prefix(5).reduce(0, +) / 5
            let last = rewards.suffix(5).reduce(0, +) / 5
            #expect(first < 0.15 && last > 0.6, "\(rewards)")
            _ = try LanguageModel(folder: folder.appending(path: "trained"))
        }
    }
}
