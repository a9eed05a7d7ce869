import Testing

@testable import GRPOCommand

@Suite struct ProgressBarTests {
    private let recorder = Recorder()
    private let clock = SettableClock()

    private func bar(_ style: Terminal.Style, total: Int, width: Int = 80) -> ProgressBar {
        ProgressBar(recorder.terminal(style, width: width), total: total, now: clock.now)
    }

    private func report(
        _ step: Int, of total: Int, seconds: Double? = nil
    ) -> ProgressReport {
        ProgressReport(
            label: "grpo", step: step, total: total, fields: [("reward", "0.\(step)")],
            secondsPerStep: seconds)
    }

    @Test func aTerminalShowsOneLineThatIsRewrittenAndStays() {
        let bar = bar(.progress, total: 4, width: 50)
        for step in 1...4 {
            clock.seconds += 2
            bar.update(report(step, of: 4))
        }
        bar.finish()
        let erase = "\u{1B}[K"
        #expect(
            recorder.writes(.output) == [
                "\rgrpo ━━╾──────── 1/4  reward 0.1  0:02, 0:06 left\(erase)",
                "\rgrpo ━━━━━╾───── 2/4  reward 0.2  0:04, 0:04 left\(erase)",
                "\rgrpo ━━━━━━━━─── 3/4  reward 0.3  0:06, 0:02 left\(erase)",
                "\rgrpo ━━━━━━━━━━━━━━━━━━━━━━ 4/4  reward 0.4  0:08\(erase)",
                "\rgrpo ━━━━━━━━━━━━━━━━━━━━━━ 4/4  reward 0.4  0:08\(erase)",
                "\n",
            ])
    }

    @Test func anInterruptedRunStaysOnTheScreenWithoutTimeLeft() {
        let bar = bar(.progress, total: 4, width: 40)
        clock.seconds = 2
        bar.update(report(1, of: 4))
        bar.finish()
        bar.finish()
        #expect(
            recorder.writes(.output) == [
                "\rgrpo ━━━────────── 1/4  0:02, 0:06 left\u{1B}[K",
                "\rgrpo ━━━───────── 1/4  reward 0.1  0:02\u{1B}[K", "\n",
            ])
    }

    @Test func finishingBeforeTheFirstStepShowsNothing() {
        bar(.progress, total: 4).finish()
        #expect(recorder.text.isEmpty)
    }

    @Test func aBarThatIsDroppedLeavesTheCursorBelow() {
        var bar: ProgressBar? = bar(.progress, total: 4)
        bar?.update(report(1, of: 4))
        bar = nil
        #expect(recorder.text.hasSuffix("\n"))
    }

    @Test func fastStepsAreNotAllDrawnButTheLastIs() {
        let bar = bar(.progress, total: 100)
        for step in 1...100 {
            clock.seconds += 0.01
            bar.update(report(step, of: 100))
        }
        let writes = recorder.writes(.output)
        #expect((15...22).contains(writes.count))
        #expect(writes.last?.contains(" 100/100 ") == true)
    }

    @Test func aLogGetsTheFirstStepEachTenthAndTheLast() {
        let bar = bar(.lines, total: 25)
        for step in 0...25 {
            bar.update(report(step, of: 25))
            clock.seconds += 0.125
        }
        bar.finish()
        let steps = recorder.writes(.output).map { $0.dropFirst(5).prefix(2) }
        #expect(steps == [" 1", " 3", " 5", " 8", "10", "13", "15", "18", "20", "23", "25"])
        #expect(recorder.writes(.output)[1] == "grpo  3/25  reward 0.3  0:00, 0:03 left\n")
        #expect(recorder.writes(.output).last == "grpo 25/25  reward 0.25  0:03\n")
    }

    @Test func aLogOfSlowStepsGetsALineEveryFiveSeconds() {
        let bar = bar(.lines, total: 1000)
        for step in 1...20 {
            clock.seconds += 2
            bar.update(report(step, of: 1000))
        }
        let steps = recorder.writes(.output).map { $0.dropFirst(5).prefix(4) }
        #expect(steps == ["   1", "   4", "   7", "  10", "  13", "  16", "  19"])
    }

    @Test func aLogGetsTheStepAtWhichTheRunWasInterrupted() {
        let bar = bar(.lines, total: 1000)
        for step in 1...3 { bar.update(report(step, of: 1000)) }
        bar.finish()
        bar.finish()
        #expect(
            recorder.writes(.output) == [
                "grpo    1/1000  reward 0.1  0:00, 0:00 left\n",
                "grpo    3/1000  reward 0.3  0:00\n",
            ])
    }

    @Test(arguments: [Terminal.Style.quiet, .json])
    func quietAndJSONShowNoProgress(style: Terminal.Style) {
        let bar = bar(style, total: 2)
        bar.update(report(1, of: 2))
        bar.update(report(2, of: 2))
        bar.finish()
        #expect(recorder.text.isEmpty)
    }

    @Test func theTimeLeftFollowsTheStatedSecondsAStep() {
        let bar = bar(.lines, total: 10)
        clock.seconds = 100
        bar.update(report(1, of: 10, seconds: 4))
        #expect(recorder.text == "grpo  1/10  reward 0.1  1:40, 0:36 left\n")
    }

    @Test func aRunThatGoesOnFromALaterStepIsTimedFromThere() {
        let bar = bar(.lines, total: 100)
        clock.seconds = 3
        bar.update(report(90, of: 100))
        clock.seconds = 9
        bar.update(report(92, of: 100))
        #expect(
            recorder.text == """
                grpo  90/100  reward 0.90  0:03
                grpo  92/100  reward 0.92  0:09, 0:24 left

                """)
    }

    @Test func thePaceIsAMeanThatForgets() throws {
        var pace = PaceEstimate()
        #expect(pace.secondsPerStep == nil)
        pace.add(4)
        var seconds = try #require(pace.secondsPerStep)
        #expect(abs(seconds - 4) < 1e-12)
        pace.add(2)
        seconds = try #require(pace.secondsPerStep)
        let expected = (0.9 * 4 + 2) / 1.9
        #expect(abs(seconds - expected) < 1e-12)
        for bad in [Double.nan, .infinity, -1] { pace.add(bad) }
        for _ in 0..<300 { pace.add(1) }
        seconds = try #require(pace.secondsPerStep)
        #expect(abs(seconds - 1) < 1e-9)
    }
}
