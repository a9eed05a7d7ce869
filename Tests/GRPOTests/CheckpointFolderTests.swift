import Foundation
import TestSupport
import Testing
import Torch

@testable import GRPO

@Suite struct CheckpointFolderTests {
    private let surroundings = RunSurroundings(.cpu)

    private func write(_ folder: CheckpointFolder, _ steps: Int, logs: [String: Int] = [:]) throws {
        try folder.write(CheckpointPosition(steps: steps)) { files in
            CheckpointManifest(
                position: CheckpointPosition(steps: steps), files: files, logs: logs,
                surroundings: surroundings, inputs: [:])
        } _: { partial in
            for (name, text) in [("state.json", "{\"steps\": \(steps)}"), ("model/a.json", "{}")] {
                let file = partial.appending(path: name)
                try FileManager.default.createDirectory(
                    at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(text.utf8).write(to: file)
            }
        }
    }

    /// A run folder with checkpoints of these steps.
    private func withRun(_ steps: [Int], _ body: (URL, CheckpointFolder) throws -> Void) throws {
        try withTemporaryFolder { folder in
            var configuration = SupervisedConfiguration(
                run: Configuration.Run(model: "model", output: folder.path),
                data: Configuration.Data(train: "data.jsonl"),
                training: SupervisedConfiguration.Training(steps: 9))
            configuration.data.chat = configuration.data.chat.dated()
            try Data(configuration.yamlText.utf8)
                .write(to: folder.appending(path: "configuration.yaml"))
            let checkpoints = RunFolder.checkpoints(of: folder)
            for step in steps { try write(checkpoints, step) }
            try body(folder, checkpoints)
        }
    }

    private func origin(_ folder: URL, isForced: Bool = false) throws -> RunOrigin {
        let (_, origin): (SupervisedConfiguration, RunOrigin) = try RunOrigin.resumed(
            folder, isForced: isForced)
        return origin
    }

    @Test func theNewestCheckpointIsTaken() throws {
        try withRun([2, 10, 4]) { folder, _ in
            let found = try origin(folder)
            #expect(found.checkpoint?.manifest.position.steps == 10)
        }
    }

    /// What can become of a file.
    enum Damage: String, CaseIterable {
        case truncated, emptied, flipped, missing, folder, link, unreadable, grown

        func callAsFunction(_ file: URL) throws {
            var bytes = try Data(contentsOf: file)
            switch self {
            case .truncated: try bytes.dropLast().write(to: file)
            case .emptied: try Data().write(to: file)
            case .flipped:
                bytes[bytes.count / 2] ^= 1
                try bytes.write(to: file)
            case .missing: try FileManager.default.removeItem(at: file)
            case .folder:
                try FileManager.default.removeItem(at: file)
                try FileManager.default.createDirectory(
                    at: file, withIntermediateDirectories: false)
            case .link:
                try FileManager.default.removeItem(at: file)
                try FileManager.default.createSymbolicLink(
                    atPath: file.path, withDestinationPath: "/dev/zero")
            case .unreadable:
                try FileManager.default.removeItem(at: file)
                mkfifo(file.path, 0o600)
            case .grown: try (bytes + [0]).write(to: file)
            }
        }
    }

    @Test(arguments: ["manifest.json", "state.json", "model/a.json"], Damage.allCases)
    func aDamagedCheckpointIsNamedAndTheOneBeforeTaken(file: String, damage: Damage) throws {
        try withRun([3, 6]) { folder, checkpoints in
            try damage(folder.appending(path: "checkpoints/step-6/\(file)"))
            let found = try origin(folder)
            #expect(found.checkpoint?.manifest.position.steps == 3)
            #expect(found.rejected == [CheckpointPosition(steps: 6)])
            let notice = try #require(found.warnings.first { $0.contains("step-6") })
            #expect(notice.contains(file), "\(notice)")
            // Nothing is deleted.
            let names = try FileManager.default.contentsOfDirectory(atPath: checkpoints.url.path)
            #expect(names.sorted() == ["step-3", "step-6"])
        }
    }

    @Test func everyFlippedBitOfAManifestIsNoticed() throws {
        try withRun([1]) { folder, checkpoints in
            let file = folder.appending(path: "checkpoints/step-1/manifest.json")
            let bytes = try Data(contentsOf: file)
            for place in bytes.indices {
                var changed = bytes
                changed[place] ^= 1 << UInt8(place % 8)
                try changed.write(to: file)
                #expect(throws: CheckpointProblem.self) {
                    try checkpoints.verified(CheckpointPosition(steps: 1))
                }
            }
        }
    }

    @Test func aCheckpointUnderAnothersNameIsNotTaken() throws {
        try withRun([3, 6]) { folder, checkpoints in
            let place = { (name: String) in checkpoints.url.appending(path: name) }
            try FileManager.default.removeItem(at: place("step-6"))
            try FileManager.default.copyItem(at: place("step-3"), to: place("step-6"))
            let found = try origin(folder)
            #expect(found.checkpoint?.manifest.position.steps == 3)
            #expect(found.warnings.contains { $0.contains("that of step-3") })
        }
    }

    @Test func withoutAWholeCheckpointTheRunIsNotBegunAgainUnasked() throws {
        try withRun([3]) { folder, _ in
            try Damage.missing(folder.appending(path: "checkpoints/step-3/manifest.json"))
            let error = #expect(throws: RunError.self) { try origin(folder) }
            #expect(error?.reason.contains("--force") == true)
            #expect(try origin(folder, isForced: true).checkpoint == nil)
        }
    }

    @Test func aRunWithoutCheckpointsBeginsAgainAndSaysSo() throws {
        try withRun([]) { folder, _ in
            let found = try origin(folder)
            #expect(found.checkpoint == nil)
            #expect(found.warnings.contains { $0.contains("starting again from the first step") })
        }
    }

    @Test func aLogThatWasCutMakesItsCheckpointUseless() throws {
        try withRun([2]) { folder, checkpoints in
            try write(checkpoints, 4, logs: ["metrics.jsonl": 10])
            try Data("123456789".utf8).write(to: folder.appending(path: "metrics.jsonl"))
            #expect(try origin(folder).checkpoint?.manifest.position.steps == 2)
            try Data("1234567890".utf8).write(to: folder.appending(path: "metrics.jsonl"))
            #expect(try origin(folder).checkpoint?.manifest.position.steps == 4)
        }
    }

    @Test func aFinishedRunSaysSo() throws {
        try withRun([9]) { folder, _ in
            try FileManager.default.createDirectory(
                at: folder.appending(path: "model"), withIntermediateDirectories: false)
            let error = #expect(throws: RunError.self) { try origin(folder) }
            #expect(error?.reason.contains("finished") == true)
        }
    }

    @Test func aSecondProcessIsKeptAway() throws {
        try withRun([1]) { folder, _ in
            let first = try origin(folder)
            let error = #expect(throws: RunError.self) { try origin(folder) }
            #expect(error?.reason.contains("another process") == true)
            withExtendedLifetime(first) {}
        }
    }

    @Test func theNewestAndTheBestStay() throws {
        try withRun([2, 4, 6, 8]) { _, checkpoints in
            try checkpoints.rotate(keeping: 2, best: 2)
            #expect(checkpoints.positions.map(\.steps) == [8, 6, 2])
            let names = try FileManager.default.contentsOfDirectory(atPath: checkpoints.url.path)
            #expect(names.count == 3)
        }
    }

    @Test func checkpointsSetAsideKeepTheirContent() throws {
        try withRun([2, 4]) { _, checkpoints in
            let four = CheckpointPosition(steps: 4)
            #expect(try checkpoints.setAside([four]) == ["step-4.unusable-1"])
            try write(checkpoints, 4)
            #expect(try checkpoints.setAside([four]) == ["step-4.unusable-2"])
            #expect(checkpoints.positions.map(\.steps) == [2])
        }
    }

    @Test(
        arguments: [
            ("step-0", 0, nil), ("step-12", 12, nil), ("step-7-update-2", 6, 2),
        ] as [(String, Int, Int?)])
    func positionsHaveNames(name: String, steps: Int, updates: Int?) {
        let position = CheckpointPosition(steps: steps, updates: updates)
        #expect(position.name == name && CheckpointPosition(name: name) == position)
    }

    @Test(arguments: [
        "step-", "step--1", "step-01", "step-3.unusable-1", ".step-3.partial-7", "step-0-update-1",
        "step-3-update", "step-3-update-x", "models",
    ])
    func otherNamesAreNoCheckpoints(name: String) { #expect(CheckpointPosition(name: name) == nil) }

    @Test func positionsAreInTheOrderOfTheRun() {
        let places = [(6, nil), (6, 0), (6, 3), (7, nil)] as [(Int, Int?)]
        let positions = places.map { CheckpointPosition(steps: $0.0, updates: $0.1) }
        #expect(positions.shuffled().sorted() == positions)
    }

    @Test func numbersOfAStateComeBackBitByBit() throws {
        let numbers = [
            0.1, -0.0, .infinity, -.infinity, .leastNonzeroMagnitude, 1 / 3,
            .greatestFiniteMagnitude,
        ]
        let floats: [Float] = [0.1, -0.0, .leastNonzeroMagnitude, 16_777_216]
        let back = try JSONDecoder.checkpoint.decode(
            [Double].self, from: JSONEncoder.checkpoint.encode(numbers))
        #expect(back.map(\.bitPattern) == numbers.map(\.bitPattern))
        let floatsBack = try JSONDecoder.checkpoint.decode(
            [Float].self, from: JSONEncoder.checkpoint.encode(floats))
        #expect(floatsBack.map(\.bitPattern) == floats.map(\.bitPattern))
    }
}
