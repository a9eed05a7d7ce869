import Foundation
import TestSupport
import Testing

@testable import GRPO

/// The making of a run's folder, and its lock.
@Suite struct RunLockTests {
    private func names(_ folder: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }

    /// The lock was that of a file, which the second process would have replaced.
    @Test func aFolderThatAnotherProcessMakesARunInIsLeftAlone() throws {
        try withTemporaryFolder { folder in
            let first = try RunLock(folder)
            let error = #expect(throws: RunError.self) {
                try RunFolder(folder, configuration: "")
            }
            #expect(error?.reason.contains("another process is training this run") == true)
            #expect(try names(folder) == [])
            withExtendedLifetime(first) {}
        }
    }

    @Test func whereThereAreNoLocksTheRunGoesOn() throws {
        try withTemporaryFolder { folder in
            for problem in [ENOTSUP, ENOSYS, ENOLCK, EBADF] {
                _ = try RunLock(folder) { _ in problem }
            }
            let error = #expect(throws: RunError.self) { try RunLock(folder) { _ in EIO } }
            #expect(error?.reason.hasPrefix("it cannot be locked") == true)
        }
    }

    /// A new run in a folder where a fork was killed as it began is no fork.
    @Test func whatAKilledForkLeftBelongsToNoOtherRun() throws {
        try withTemporaryFolder { folder in
            try Data("{}".utf8).write(to: folder.appending(path: "parent.json"))
            _ = try RunFolder(folder, configuration: "")
            #expect(try !names(folder).contains("parent.json"))
        }
    }
}
