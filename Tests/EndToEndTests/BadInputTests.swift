import Foundation
import GRPO
import TestSupport
import Testing

/// What the program says to input that it cannot work with: file, key or line, what was expected
/// and found, what to do; exit code 2; and nothing is written.
@Suite("Bad input")
struct BadInputTests {
    /// A folder with a model and data, in which `grpo train` would work.
    private func message(
        _ arguments: [String], prepare: (URL) throws -> Void = { _ in }
    ) throws -> String {
        try withTemporaryFolder { folder in
            try LanguageModel(random: DecoderConfiguration(.nano), seed: 0)
                .save(to: folder.appending(path: "model"))
            try write("{\"prompt\": \"1+1=\", \"answer\": \"2\"}\n", folder, "data.jsonl")
            try prepare(folder)
            let before = try Self.files(folder)
            let outcome = try Program("grpo").run(arguments, in: folder)
            #expect(outcome.status == 2, "\(outcome.errors)")
            #expect(outcome.output.isEmpty)
            #expect(try Self.files(folder) == before, "something was written")
            #expect(!outcome.errors.contains("Fatal"))
            return outcome.errors
                .replacingOccurrences(of: folder.resolvingSymlinksInPath().path + "/", with: "")
                .replacingOccurrences(of: folder.path + "/", with: "")
                .trimmingCharacters(in: .newlines)
        }
    }

    private static func files(_ folder: URL) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: folder.path)
            .filter { !$0.hasPrefix("std") }.sorted()
    }

    private func write(_ text: String, _ folder: URL, _ name: String) throws {
        try Data(text.utf8).write(to: folder.appending(path: name))
    }

    private let train = [
        "train", "--model", "model", "--train", "data.jsonl", "--output", "run", "--reward",
        "exact", "--steps", "1", "--max-new-tokens", "4", "--learning-rate", "1e-4",
    ]

    @Test func anUnknownKeyIsAnsweredWithTheNearest() throws {
        let text = try message(train + ["--set", "rollout.group_sise=4"])
        #expect(text.contains("group_sise") && text.contains("group_size"))
    }

    @Test func anUnknownKeyOfAFileIsNamedWithItsLine() throws {
        let text = try message(["train", "train.yaml"]) {
            try write("model: model\noutput: run\nrolout:\n  group_size: 4\n", $0, "train.yaml")
        }
        #expect(text.contains("train.yaml:3") && text.contains("rolout"), "\(text)")
        #expect(text.contains("rollout"))
    }

    @Test func anUnknownValueIsAnsweredWithTheKnownOnes() throws {
        let text = try message(train + ["--set", "objective.advantage=men_std"])
        #expect(text.contains("men_std") && text.contains("mean_std"), "\(text)")
    }

    @Test func aConfigurationThatIsNotThereIsNamed() throws {
        let text = try message(["train", "nowhere.yaml"])
        #expect(text.contains("nowhere.yaml"))
    }

    @Test func aMalformedConfigurationIsNamedWithItsLine() throws {
        let text = try message(["train", "train.yaml"]) {
            try write("model: model\noutput: [run\nseed: 1\n", $0, "train.yaml")
        }
        #expect(text.contains("train.yaml:"), "\(text)")
    }

    @Test func aBrokenLineOfDataIsNamed() throws {
        let text = try message(train) {
            try write("{\"prompt\": \"a\", \"answer\": \"b\"}\n{\"prompt\": \n", $0, "data.jsonl")
        }
        #expect(text.contains("data.jsonl:2"), "\(text)")
    }

    @Test func aRowWithoutTheFieldIsNamed() throws {
        let text = try message(train) {
            try write("{\"question\": \"a\", \"answer\": \"b\"}\n", $0, "data.jsonl")
        }
        #expect(text.contains("data.jsonl:1"), "\(text)")
        #expect(text.contains("prompt") && text.contains("question"))
    }

    @Test func emptyDataIsNamed() throws {
        let text = try message(train) { try write("", $0, "data.jsonl") }
        #expect(text.contains("data.jsonl"), "\(text)")
    }

    @Test func dataThatIsNotThereIsNamed() throws {
        let text = try message(train + ["--train", "nowhere.jsonl"])
        #expect(text.contains("nowhere.jsonl"), "\(text)")
    }

    @Test func aPromptLongerThanTheContextIsNamedWithItsLine() throws {
        let text = try message(train) {
            let long = String(repeating: "x", count: 2000)
            let rows = ["a", long].map { "{\"prompt\": \"\($0)\", \"answer\": \"b\"}\n" }
            try write(rows.joined(), $0, "data.jsonl")
        }
        #expect(text.contains("data.jsonl:2") && text.contains("2000"), "\(text)")
    }

    @Test(arguments: ["gpu", "cuda:x", "cuda"])
    func aWrongDeviceIsNamed(device: String) throws {
        let text = try message(train + ["--device", device])
        #expect(text.contains("cpu"), "\(text)")
    }

    @Test func aGroupOfOneIsRefused() throws {
        let text = try message(train + ["--group-size", "1"])
        #expect(text.contains("group_size") && text.contains("2 or more"), "\(text)")
    }

    @Test func noRewardIsRefused() throws {
        let text = try message(train.filter { $0 != "--reward" && $0 != "exact" })
        #expect(text.contains("rewards"), "\(text)")
    }

    @Test func anUnknownRewardIsAnsweredWithTheNearest() throws {
        let text = try message(train + ["--reward", "exat"])
        #expect(text.contains("exat") && text.contains("exact"), "\(text)")
    }

    @Test func aModelWithAMissingTensorIsRefused() throws {
        let text = try message(train) { folder in
            let url = folder.appending(path: "model/model.safetensors")
            let file = try SafetensorsFile(url)
            try SafetensorsFile.write(
                try file.entries.keys.sorted().dropLast().map { ($0, try file.tensor($0)) },
                to: url)
        }
        #expect(text.contains("model/model.safetensors: has no tensor"), "\(text)")
    }

    @Test func aRunIsNeverOverwritten() throws {
        let text = try message(train) { folder in
            try FileManager.default.createDirectory(
                at: folder.appending(path: "run"), withIntermediateDirectories: true)
            try write("precious", folder, "run/notes.txt")
        }
        #expect(text.contains("run: there is something in it already"), "\(text)")
    }

    @Test func anUnknownFlagIsAnsweredWithTheUsage() throws {
        let text = try message(train + ["--grup-size", "4"])
        #expect(text.contains("--grup-size") && text.contains("--group-size"), "\(text)")
    }

    /// A limit on the size of files stands for the full disk: writing fails in the middle.
    @Test func aFullDiskLeavesNothingBehind() throws {
        try withTemporaryFolder { folder in
            let command = "trap '' XFSZ; ulimit -f 200; exec \"$0\" init new --size nano"
            let outcome = try Program(path: "/bin/sh").run(
                ["-c", command, Program("grpo").file.path], in: folder)
            #expect(outcome.status == 2)
            #expect(outcome.errors.contains("cannot be written"), "\(outcome.errors)")
            #expect(try Self.files(folder).isEmpty)
        }
    }

    @Test func aPlaceThatCannotBeWrittenIsNamed() throws {
        let text = try message(train + ["--output", "/proc/nowhere/run"])
        #expect(text.contains("/proc/nowhere/run"), "\(text)")
    }
}
