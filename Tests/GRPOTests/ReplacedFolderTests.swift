import Foundation
import TestSupport
import Testing

@testable import GRPO

/// Folders that take the place of others.
@Suite struct ReplacedFolderTests {
    private struct Full: Error {}

    private func write(_ text: String, _ folder: URL) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: folder.appending(path: "weights"))
    }

    private func names(_ folder: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }

    private func text(_ folder: URL) throws -> String {
        try String(contentsOf: folder.appending(path: "weights"), encoding: .utf8)
    }

    @Test func theNewFolderTakesThePlaceOfTheOld() throws {
        try withTemporaryFolder { folder in
            let best = folder.appending(path: "best")
            for version in ["first", "second"] {
                try ReplacedFolder(best).replace { try write(version, $0) }
                #expect(try text(best) == version && names(folder) == ["best"])
            }
        }
    }

    /// What cannot be written, and what is not there when it is to be put in place.
    @Test(arguments: [true, false])
    func theOldFolderStaysWhereTheNewCannotTakeItsPlace(isWritten: Bool) throws {
        try withTemporaryFolder { folder in
            let best = folder.appending(path: "best")
            try write("first", best)
            #expect(throws: (any Error).self) {
                try ReplacedFolder(best).replace { place in
                    guard isWritten else { return }
                    try write("second", place)
                    throw Full()
                }
            }
            #expect(try text(best) == "first" && names(folder) == ["best"])
        }
    }

    @Test func whatAKilledProcessLeftIsTakenBack() throws {
        try withTemporaryFolder { folder in
            try write("whole", folder.appending(path: "best.old"))
            try write("part", folder.appending(path: "best.next"))
            try write("new", folder.appending(path: "step-2"))
            try write("old", folder.appending(path: "step-2.old"))
            for place in ReplacedFolder.unfinished(in: folder) { try place.recover() }
            #expect(try names(folder) == ["best", "step-2"])
            #expect(try text(folder.appending(path: "best")) == "whole")
            #expect(try text(folder.appending(path: "step-2")) == "new")
        }
    }
}
