/// The progress of a run: one line that is rewritten, or lines in a log.
///
/// It belongs to the isolation that runs the steps. Its last state stays on the screen.
final class ProgressBar {
    private static let shortestRedraw = 0.05

    private let terminal: Terminal
    private let now: () -> ContinuousClock.Instant
    private let start: ContinuousClock.Instant
    private var pacing: LinePacing
    private var pace = PaceEstimate()
    private var previous: (step: Int, seconds: Double)?
    private var drawnAt: Double?
    /// The latest report, where it is not shown yet or could still change its look at the end.
    private var pending: ProgressReport?

    /// The bar of a run of so many steps that begins now.
    init(
        _ terminal: Terminal, total: Int,
        now: @escaping () -> ContinuousClock.Instant = { .now }
    ) {
        self.terminal = terminal
        self.now = now
        start = now()
        pacing = LinePacing(total: total)
    }

    /// Shows a report. Step 0 says that the run has begun; a log has no line for it.
    func update(_ report: ProgressReport) {
        let elapsed = elapsed
        addPace(of: report, at: elapsed)
        let line = ProgressLine(report: report, elapsed: elapsed, left: left(after: report))
        switch terminal.style {
        case .progress:
            pending = report
            let isSoon = drawnAt.map { elapsed - $0 < Self.shortestRedraw } ?? false
            if isSoon && report.step != report.total { return }
            drawnAt = elapsed
            draw(line)
        case .lines:
            let isLast = report.step == report.total
            let isDue = report.step > 0 && pacing.isDue(step: report.step, seconds: elapsed)
            pending = isDue || isLast || report.step == 0 ? nil : report
            if isDue || isLast { terminal.note(line.plain()) }
        case .quiet, .json: break
        }
    }

    /// Shows the last report as the final one and puts the cursor below it.
    func finish() {
        guard let report = pending else { return }
        pending = nil
        let line = ProgressLine(report: report, elapsed: elapsed, left: nil)
        if terminal.style == .progress {
            draw(line)
            terminal.screen.releaseBottom()
        } else {
            terminal.note(line.plain())
        }
    }

    deinit { finish() }

    private var elapsed: Double { (now() - start) / .seconds(1) }

    private func draw(_ line: ProgressLine) {
        terminal.screen.setBottom(line.bar(width: terminal.width, usesColor: terminal.usesColor))
    }

    /// The first report tells the pace only where it is of the first step: a run may go on from a
    /// later one.
    private func addPace(of report: ProgressReport, at elapsed: Double) {
        let from = previous ?? (report.step == 1 ? (0, 0) : nil)
        previous = (report.step, elapsed)
        if let seconds = report.secondsPerStep {
            pace.add(seconds)
        } else if let from, report.step > from.step {
            pace.add((elapsed - from.seconds) / Double(report.step - from.step))
        }
    }

    private func left(after report: ProgressReport) -> Double? {
        guard report.step < report.total, let seconds = pace.secondsPerStep else { return nil }
        return seconds * Double(report.total - report.step)
    }
}
