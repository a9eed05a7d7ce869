import Foundation
import GRPO

/// Shows the events of a run in the terminal.
struct RunReporter {
    private let terminal: Terminal
    private let bar: ProgressBar
    private let label: String
    private let total: Int

    /// A reporter of a run of so many steps, of which some have been made before.
    init(_ terminal: Terminal, label: String, total: Int, completed: Int = 0) {
        self.terminal = terminal
        self.label = label
        self.total = total
        bar = ProgressBar(terminal, total: total)
        bar.update(
            ProgressReport(
                label: label, step: completed, total: total, fields: [], secondsPerStep: nil))
    }

    /// Shows one event.
    func show(_ event: RunEvent) {
        switch event {
        case .step(let metrics):
            terminal.jsonLine(metrics.json)
            bar.update(
                ProgressReport(
                    label: label, step: metrics.step, total: total,
                    fields: [
                        ("reward", String(format: "%.3f", metrics.reward)),
                        ("accuracy", TextFormat.percent(metrics.accuracy)),
                        ("tokens/s", TextFormat.shortCount(Int(metrics.tokensPerSecond))),
                    ], secondsPerStep: metrics.seconds))
        case .supervisedStep(let metrics, let step, let learningRate):
            terminal.jsonLine(metrics.json(step: step, learningRate: learningRate))
            bar.update(
                ProgressReport(
                    label: label, step: step, total: total,
                    fields: [("loss", String(format: "%.4f", metrics.loss))], secondsPerStep: nil))
        case .evaluation(let report, let step):
            let shares = report.measures.filter { $0.unit == .share }
            let text = shares.map { "\($0.name) \(TextFormat.interval($0.estimate))" }
            terminal.note("step \(step): " + text.joined(separator: ", "))
        case .warning(let text): terminal.warning(text)
        case .note(let text): terminal.note(text)
        case .saved(let place):
            terminal.note("saved \(place.relativePath)")
        case .checkpoint(let place):
            terminal.note("checkpoint \(place.relativePath)")
        }
    }

    /// Shows steps alone.
    func showSteps(_ event: RunEvent) {
        switch event {
        case .saved, .checkpoint: return
        default: show(event)
        }
    }

    /// Takes the bar away.
    func finish() { bar.finish() }
}

extension TextFormat {
    /// A share and its interval: `93.4 % (90.9 to 95.3)`.
    static func interval(_ estimate: Estimate) -> String {
        let bound = { (share: Double) in String(format: "%.1f", share * 100) }
        return "\(percent(estimate.value)) (\(bound(estimate.lower)) to \(bound(estimate.upper)))"
    }
}
