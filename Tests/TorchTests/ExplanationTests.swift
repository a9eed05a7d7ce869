import Foundation
import SystemErrors
import Testing

/// What the system refuses is said in its words, whichever way Foundation wraps it.
@Suite struct ExplanationTests {
    private struct Speaking: Error, CustomStringConvertible {
        let description = "expected one, found two."
    }

    private func explanation(of body: () throws -> Void) -> String? {
        do { try body() } catch { return error.explanation }
        return nil
    }

    @Test func aFullDiskIsCalledThat() {
        let full = URL(filePath: "/dev/full")
        #expect(
            explanation { try FileHandle(forWritingTo: full).write(contentsOf: Data("a".utf8)) }
                == "No space left on device.")
        #expect(explanation { try Data("a".utf8).write(to: full) } == "No space left on device.")
        #expect(explanation { throw POSIXError(.EIO) } == "Input/output error.")
    }

    @Test func aFileThatIsMissingIsCalledThat() throws {
        let missing = URL(filePath: "/nowhere/file")
        let expected = "No such file or directory."
        #expect(explanation { try Data().write(to: missing) } == expected)
        #expect(explanation { _ = try Data(contentsOf: missing) } == expected)
    }

    @Test func whatSpeaksForItselfIsLeftAsItIs() {
        #expect(Speaking().explanation == "expected one, found two.")
    }
}
