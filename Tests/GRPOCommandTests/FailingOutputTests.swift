import Foundation
import Testing

@testable import GRPOCommand

@Suite struct FailingOutputTests {
    @Test(arguments: [EPIPE, EBADF, EIO])
    func aClosedOutputFallsSilent(code: Int32) {
        let recorder = Recorder()
        let terminal = recorder.terminal(.lines)
        recorder.fail(.output, with: code)
        for _ in 0..<3 { terminal.note("note") }
        terminal.warning("still here")
        #expect(recorder.writes(.output).count == 1)
        #expect(recorder.writes(.error) == ["warning: still here\n"])
    }

    @Test func aClosedErrorOutputDoesNotSilenceTheOther() {
        let recorder = Recorder()
        let terminal = recorder.terminal(.lines)
        recorder.fail(.error, with: EPIPE)
        terminal.warning("lost")
        terminal.warning("lost")
        terminal.note("note")
        #expect(recorder.writes(.error).count == 1)
        #expect(recorder.writes(.output) == ["note\n"])
    }

    @Test func aFullDiskIsReportedOnceAndTriedAgain() {
        let recorder = Recorder()
        let terminal = recorder.terminal(.lines)
        recorder.fail(.output, with: ENOSPC)
        terminal.note("1")
        terminal.note("2")
        recorder.fail(.output, with: 0)
        terminal.note("3")
        #expect(recorder.writes(.output) == ["1\n", "2\n", "3\n"])
        #expect(
            recorder.writes(.error) == [
                "warning: cannot write to standard output: No space left on device\n"
            ])
    }

    @Test func bothOutputsFailingIsNoCrash() {
        let recorder = Recorder()
        let terminal = recorder.terminal(.progress)
        recorder.fail(.output, with: ENOSPC)
        recorder.fail(.error, with: ENOSPC)
        let bar = ProgressBar(terminal, total: 2)
        bar.update(ProgressReport(label: "grpo", step: 1, total: 2, fields: []))
        terminal.warning("lost")
        bar.finish()
        #expect(recorder.writes(.error).count == 2)
    }

    @Test func aPipeWithoutAReaderGivesAnErrorNotASignal() throws {
        StandardStreams.prepare()
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        close(ends[0])
        defer { close(ends[1]) }
        #expect(StandardStreams.write(Array("line\n".utf8), to: ends[1]) == EPIPE)
    }

    @Test func aPipeThatIsFullAndDoesNotBlockIsWaitedFor() async throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        let (reader, writer) = (ends[0], ends[1])
        try #require(fcntl(writer, F_SETFL, O_NONBLOCK) == 0)
        let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0) }
        let writing = Task.detached {
            defer { close(writer) }
            return StandardStreams.write(bytes, to: writer)
        }
        var read: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while case let count = Foundation.read(reader, &buffer, buffer.count), count > 0 {
            read += buffer[..<count]
        }
        close(reader)
        #expect(await writing.value == 0)
        #expect(read == bytes)
    }

    #if os(Linux)
    @Test func aFullDeviceGivesItsErrorNumber() throws {
        let descriptor = open("/dev/full", O_WRONLY)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        #expect(StandardStreams.write(Array("line\n".utf8), to: descriptor) == ENOSPC)
    }
    #endif
}
