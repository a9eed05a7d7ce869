import Testing

@testable import GRPOCommand

@Suite struct ProgressLineTests {
    private let line = ProgressLine(
        report: ProgressReport(
            label: "grpo", step: 120, total: 300,
            fields: [("reward", "0.812"), ("accuracy", "81.2 %"), ("tokens/s", "12,345")]),
        elapsed: 29, left: 192)

    @Test(arguments: [
        (10, "grpo 120/"),
        (18, "grpo 120/300"),
        (20, "grpo ━━──── 120/300"),
        (31, "grpo ━━──── 120/300  3:12 left"),
        (40, "grpo ━━━╾───── 120/300  0:29, 3:12 left"),
        (60, "grpo ━━━━━━───────── 120/300  reward 0.812  0:29, 3:12 left"),
        (
            80,
            "grpo ━━━━━━━─────────── 120/300  reward 0.812  accuracy 81.2 %  0:29, 3:12 left"
        ),
        (
            200,
            "grpo ━━━━━━━━━━━━────────────────── 120/300  reward 0.812  accuracy 81.2 %  "
                + "tokens/s 12,345  0:29, 3:12 left"
        ),
    ])
    func whatHasNoRoomIsLeftOut(width: Int, expected: String) {
        #expect(line.bar(width: width, usesColor: false) == expected)
    }

    @Test func theLineLeavesRoomForTheCursorAtEveryWidth() {
        for width in 1...150 {
            #expect(line.bar(width: width, usesColor: false).count < width)
        }
    }

    @Test func coloursDoNotChangeTheText() throws {
        let escapes = try Regex("\u{1B}\\[[0-9]*m")
        for width in 20...120 {
            let inked = line.bar(width: width, usesColor: true)
            #expect(inked.replacing(escapes, with: "") == line.bar(width: width, usesColor: false))
        }
    }

    @Test func theBarIsCyanAndTheRestDim() {
        var line = line
        line.report.fields = [("reward", "0.812")]
        line.left = nil
        #expect(
            line.bar(width: 43, usesColor: true)
                == "\u{1B}[1mgrpo\u{1B}[0m \u{1B}[36m━━━╾\u{1B}[0m\u{1B}[2m─────\u{1B}[0m 120/300"
                + "  \u{1B}[2mreward\u{1B}[0m 0.812  \u{1B}[2m0:29\u{1B}[0m")
    }

    @Test func aFullBarIsGreenAndNoEarlier() {
        var line = line
        line.report.fields = []
        line.left = nil
        line.report.step = 299
        #expect(line.bar(width: 20, usesColor: false) == "grpo ━━━━━╾ 299/300")
        line.report.step = 300
        #expect(line.bar(width: 20, usesColor: true).contains("\u{1B}[32m━━━━━━\u{1B}[0m 300/300"))
    }

    @Test(arguments: [(0, 0), (5, 0), (-1, 3), (4, 3)])
    func stepsOutsideTheRunAreNoCrash(step: Int, total: Int) {
        var line = line
        line.report.step = step
        line.report.total = total
        #expect(line.bar(width: 60, usesColor: false).count < 60)
    }

    @Test func aLogLineHasEverything() {
        #expect(
            line.plain()
                == "grpo 120/300  reward 0.812  accuracy 81.2 %  tokens/s 12,345  0:29, 3:12 left")
    }
}
