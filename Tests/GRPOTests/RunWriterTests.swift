import Foundation
import Synchronization
import TestSupport
import Testing

@testable import GRPO

/// A disk that fails, as seen by the logs and models of a run.
@Suite struct RunWriterTests {
    /// A disk that takes so many bytes of a write and then fails, as long as it is full.
    private final class Disk {
        var isFull = false
        func write(_ file: FileHandle, _ data: Data) throws {
            guard isFull else { return try file.write(contentsOf: data) }
            try file.write(contentsOf: data.prefix(3))
            throw POSIXError(.ENOSPC)
        }
    }

    private func text(_ url: URL) throws -> String { try String(contentsOf: url, encoding: .utf8) }

    @Test func aLineThatCannotBeWrittenWaitsAndNoPartOfItIsLeft() throws {
        try withTemporaryFolder { folder in
            let (disk, file) = (Disk(), folder.appending(path: "log"))
            let log = LogFile(file, write: disk.write)
            log.append("first\n")
            try log.flush()
            disk.isFull = true
            for line in ["second\n", "third\n"] {
                log.append(line)
                let error = #expect(throws: RunError.self) { try log.flush() }
                #expect("\(error as Any)".contains("bytes of log lines wait in memory"))
                let held = try text(file)
                #expect(held == "first\n")
            }
            disk.isFull = false
            log.append("fourth\n")
            #expect(try log.synchronize() == 26)
            #expect(try text(file) == "first\nsecond\nthird\nfourth\n")
            try log.flush()
            #expect(try text(file).count == 26)
        }
    }

    @Test func aLogGoesOnBehindWhatIsKept() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "log")
            try Data("one\ntwo\nthr".utf8).write(to: file)
            let log = LogFile(file, size: 8)
            log.append("three\n")
            try log.flush()
            #expect(try text(file) == "one\ntwo\nthree\n")
            #expect(try log.synchronize() == 14)
        }
    }

    /// /dev/full takes nothing, for real.
    @Test func aFullDiskIsToldOnceAndTheRunGoesOn() throws {
        try withTemporaryFolder { folder in
            let run = try RunFolder(folder.appending(path: "run"), configuration: "")
            let faults = run.url.appending(path: "faults.jsonl")
            try FileManager.default.createSymbolicLink(
                atPath: faults.path, withDestinationPath: "/dev/full")
            var warnings: [String] = []
            let report = { (event: RunEvent) in
                if case .warning(let text) = event { warnings.append(text) }
            }
            let writer = RunWriter(.continue)
            for number in 0..<3 {
                try writer.log(to: run, report: report) { $0.log(faults: ["line \(number)"]) }
            }
            #expect(warnings.count == 1)
            #expect(warnings.first?.contains("training.on_save_failure: continue") == true)
            #expect(throws: RunError.self) {
                try RunWriter(.stop).log(to: run, report: report) { $0.log(faults: ["line 3"]) }
            }
            #expect(throws: RunError.self) { try run.flushLogs() }
            try FileManager.default.removeItem(at: faults)
            try writer.log(to: run, report: report) { $0.log(faults: ["line 4"]) }
            #expect(warnings.count == 2 && warnings[1].contains("are written now"))
            let held = try text(faults)
            #expect(held == (0..<5).map { "line \($0)\n" }.joined())
        }
    }

    @Test func whatCannotBeSavedLeavesNothingBehindAndTheLastChanceIsAnError() throws {
        struct Full: Error {}
        try withTemporaryFolder { folder in
            let place = folder.appending(path: "model")
            let fails = { (place: URL) in
                try FileManager.default.createDirectory(
                    at: place, withIntermediateDirectories: true)
                try Data("half".utf8).write(to: place.appending(path: "weights"))
                throw Full()
            }
            var events: [String] = []
            let report = { (event: RunEvent) in events.append("\(event)") }
            let writer = RunWriter(.continue)
            let isSaved = try writer.save(to: place, report: report, fails)
            #expect(!isSaved)
            #expect(events.count == 1 && events[0].contains("saves again at the next interval"))
            #expect(throws: Full.self) {
                try writer.save(to: place, isLast: true, report: report, fails)
            }
            #expect(throws: Full.self) {
                try RunWriter(.stop).save(to: place, report: report, fails)
            }
            let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            #expect(left == [])
            // What stood there before is not ours to remove.
            try Data("other".utf8).write(to: place)
            #expect(throws: (any Error).self) {
                try writer.save(to: place, isLast: true, report: report) { _ in throw Full() }
            }
            #expect(try text(place) == "other")
        }
    }
}
