import Foundation
import LanguageModels
import TestSupport
import Testing

@testable import GRPO

@Suite struct EvaluationCacheTests {
    private let outcomes = [
        PromptOutcome(
            greedy: Trial(isSolved: true, reward: 1, tokens: 3), greedyText: "5 \"x\"\n",
            samples: [Trial(isSolved: nil, tokens: 9, isTruncated: true, answer: 2)])
    ]

    @Test func whatIsStoredIsFoundUnderItsKeyAlone() throws {
        try withTemporaryFolder { folder in
            let cache = EvaluationCache(folder.appending(path: "a/b"))
            #expect(try cache.outcomes("key") == nil)
            try cache.store(outcomes, as: "key")
            #expect(try cache.outcomes("key") == outcomes)
            #expect(try cache.outcomes("other") == nil)
            try cache.store([], as: "key")
            #expect(try cache.outcomes("key") == [])
        }
    }

    /// Each byte flipped, and each cut: never another outcome, never a trap.
    @Test func aDamagedEntryIsNamedAndNotBelieved() throws {
        try withTemporaryFolder { folder in
            let cache = EvaluationCache(folder)
            try cache.store(outcomes, as: "key")
            let file = folder.appending(path: "key.json")
            let bytes = try Data(contentsOf: file)
            for place in bytes.indices {
                var damaged = bytes
                damaged[place] ^= 1
                for data in [damaged, bytes.prefix(place)] {
                    try data.write(to: file)
                    let error = #expect(throws: EvaluationCache.Damage.self) {
                        _ = try cache.outcomes("key")
                    }
                    #expect(error?.description.hasPrefix(file.path) == true)
                }
            }
        }
    }

    @Test func theKeyChangesWithAllThatTheOutcomesDependOn() throws {
        try withTemporaryFolder { folder in
            let (model, data) = (folder.appending(path: "m"), folder.appending(path: "d.jsonl"))
            try FileManager.default.createDirectory(at: model, withIntermediateDirectories: true)
            try Data("weights".utf8).write(to: model.appending(path: "model.safetensors"))
            try Data("{\"prompt\": \"1\"}\n".utf8).write(to: data)
            func key(
                rewards: [String] = ["exact"], limit: Int? = nil, program: String = "1",
                _ change: (inout EvaluationSettings) -> Void = { _ in }
            ) throws -> String {
                var settings = EvaluationSettings(
                    generation: GenerationSettings(maxNewTokens: 4), samples: 4, passAt: [2])
                change(&settings)
                var rows = Configuration.Data(train: data.path)
                rows.limit = limit
                return try EvaluationKey(
                    folders: [model], data: rows, rewards: RewardConfiguration.list(rewards),
                    settings: settings, device: .cpu, program: program
                ).digest
            }
            let first = try key()
            #expect(try key() == first)
            #expect(try key { $0.passAt = [1, 4] } == first, "pass@k is computed from outcomes")
            var keys: Set<String> = [first]
            #expect(keys.insert(try key(rewards: ["number"])).inserted)
            #expect(keys.insert(try key(limit: 1)).inserted)
            #expect(keys.insert(try key(program: "2")).inserted)
            #expect(keys.insert(try key { $0.samples = 5 }).inserted)
            #expect(keys.insert(try key { $0.seed = 1 }).inserted)
            #expect(keys.insert(try key { $0.majorityAt = [2] }).inserted)
            #expect(keys.insert(try key { $0.generation.maxNewTokens = 5 }).inserted)
            #expect(keys.insert(try key { $0.generation.sampling.temperature = 0.5 }).inserted)
            #expect(keys.insert(try key { $0.generation.stopStrings = ["a"] }).inserted)
            try Data("weighty".utf8).write(to: model.appending(path: "model.safetensors"))
            #expect(keys.insert(try key()).inserted)
            try Data("{}".utf8).write(to: model.appending(path: "config.json"))
            #expect(keys.insert(try key()).inserted)
            try Data("{\"prompt\": \"2\"}\n".utf8).write(to: data)
            #expect(keys.insert(try key()).inserted)
        }
    }
}
