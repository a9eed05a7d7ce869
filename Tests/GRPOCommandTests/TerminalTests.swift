import Foundation
import Testing

@testable import GRPOCommand

@Suite struct TerminalTests {
    @Test(arguments: [
        (Terminal.Style.progress, ["note\n", "result\n"]),
        (.lines, ["note\n", "result\n"]),
        (.quiet, ["result\n"]),
        (.json, ["{}\n"]),
    ])
    func eachStyleShowsItsKindsOfLines(style: Terminal.Style, expected: [String]) {
        let recorder = Recorder()
        let terminal = recorder.terminal(style)
        terminal.note("note")
        terminal.result("result")
        terminal.jsonLine("{}")
        terminal.warning("careful")
        #expect(recorder.writes(.output) == expected)
        #expect(recorder.writes(.error) == ["warning: careful\n"])
    }

    @Test func linesGoAboveTheProgressBar() {
        let recorder = Recorder()
        let terminal = recorder.terminal(.progress)
        terminal.screen.setBottom("bar")
        terminal.note("note")
        terminal.screen.releaseBottom()
        terminal.note("after")
        #expect(
            recorder.writes(.output) == [
                "\rbar\u{1B}[K", "\r\u{1B}[Knote\nbar", "\n", "after\n",
            ])
    }

    @Test func aWarningIsNotGarbledByTheProgressBar() {
        let recorder = Recorder()
        let terminal = recorder.terminal(.progress)
        terminal.screen.setBottom("bar")
        terminal.warning("careful")
        #expect(recorder.text == "\rbar\u{1B}[K" + "\r\u{1B}[K" + "warning: careful\n" + "bar")
    }

    @Test func leavingPutsTheCursorBelowTheProgressBarOnce() {
        let recorder = Recorder()
        let terminal = recorder.terminal(.progress)
        terminal.leave()
        terminal.screen.setBottom("bar")
        terminal.leave()
        terminal.leave()
        #expect(recorder.text == "\rbar\u{1B}[K\n")
    }

    @Test func copiesShareTheScreen() {
        let recorder = Recorder()
        let terminal = recorder.terminal(.progress)
        let copy = terminal
        terminal.screen.setBottom("bar")
        copy.note("note")
        #expect(recorder.text.hasSuffix("\r\u{1B}[Knote\nbar"))
    }

    @Test func warningsAreYellowWhereColoursAreWanted() {
        let recorder = Recorder()
        recorder.terminal(.progress, usesColor: true).warning("careful")
        #expect(recorder.text == "\u{1B}[33mwarning:\u{1B}[0m careful\n")
    }

    @Test func whatAModelWroteCannotSteerATerminal() {
        let text = "a\u{1B}[2Jb\r\u{7}\n\tc\u{9B}\u{7F}é"
        let recorder = Recorder()
        #expect(
            recorder.terminal(.progress).harmless(text) == "a␛[2Jb␍␇\n\tc\u{FFFD}␡é")
        #expect(recorder.terminal(.lines).harmless(text) == text)
    }

    @Test func concurrentLinesStayInOnePiece() async {
        let recorder = Recorder()
        let terminal = recorder.terminal(.progress)
        await withTaskGroup { group in
            for task in 0..<8 {
                group.addTask {
                    for line in 0..<50 {
                        terminal.screen.setBottom("bar")
                        terminal.warning("\(task) \(line)")
                    }
                }
            }
        }
        // Between erasing the bar and drawing it again stands one warning and nothing else.
        let pieces = recorder.text.components(separatedBy: "\r\u{1B}[K").dropFirst()
        #expect(pieces.count == 400)
        for piece in pieces {
            #expect(piece.hasPrefix("warning: "))
            #expect(piece.split(separator: "\n")[1].hasPrefix("bar"))
        }
    }
}
