import Foundation
import GRPO

/// An evaluation as a table.
struct EvaluationText {
    private let report: EvaluationReport
    private let settings: EvaluationSettings

    init(_ report: EvaluationReport, settings: EvaluationSettings) {
        (self.report, self.settings) = (report, settings)
    }

    func show(in terminal: Terminal) {
        terminal.result(Self.head(report, settings))
        Self.warn(of: report, in: terminal)
        for measure in report.measures where measure.unit != .reward || !report.rewardIsAccuracy {
            let label = measure.name.padding(toLength: 34, withPad: " ", startingAt: 0)
            terminal.result(label + TextFormat.interval(measure.estimate, measure.unit))
        }
    }

    /// `500 prompts, 8 samples each, 95 % intervals`.
    static func head(_ report: EvaluationReport, _ settings: EvaluationSettings) -> String {
        let samples = "\(settings.samples) sample\(settings.samples == 1 ? "" : "s")"
        return "\(report.count) prompts, \(samples) each, 95 % intervals"
    }

    static func warn(of report: EvaluationReport, in terminal: Terminal) {
        guard report.failed > 0 else { return }
        terminal.warning(
            "the first reward failed on \(report.failed) completions, which are left out")
    }
}

/// Two evaluations beside each other, and what the data say about their difference.
struct ComparisonText {
    private let comparison: EvaluationComparison
    private let names: [String]
    private let settings: EvaluationSettings

    init(_ comparison: EvaluationComparison, names: [String], settings: EvaluationSettings) {
        (self.comparison, self.names, self.settings) = (comparison, names, settings)
    }

    func show(in terminal: Terminal) {
        terminal.result(
            EvaluationText.head(comparison.first, settings) + ", the same random numbers")
        terminal.result("A: \(names[0])")
        terminal.result("B: \(names[1])")
        for report in [comparison.first, comparison.second] {
            EvaluationText.warn(of: report, in: terminal)
        }
        let accuracy = comparison.first.rewardIsAccuracy && comparison.second.rewardIsAccuracy
        for line in comparison.lines where line.unit != .reward || !accuracy {
            terminal.result("")
            terminal.result(line.name)
            terminal.result("  A      \(TextFormat.interval(line.first, line.unit))")
            terminal.result("  B      \(TextFormat.interval(line.second, line.unit))")
            terminal.result(
                "  B - A  \(difference(line)), p \(Self.probability(line.paired.pValue))")
            if line.unit != .tokens, !line.name.hasPrefix("completions/") {
                terminal.result("  \(Self.verdict(line))")
            }
        }
        terminal.note("")
        terminal.note(
            "Each line is a test of its own: of 20 lines on equal models, one says p < 0.05.")
    }

    private func difference(_ line: EvaluationComparison.Line) -> String {
        TextFormat.difference(line.paired.difference, line.unit)
    }

    /// What the data say, in words.
    static func verdict(_ line: EvaluationComparison.Line) -> String {
        let paired = line.paired
        if paired.isTold {
            let better = paired.difference.value > 0 ? "B" : "A"
            return "\(better) is better (\(paired.test.rawValue))."
        }
        let least = TextFormat.amount(paired.detectable, line.unit)
        let told = "The data cannot tell A from B (\(paired.test.rawValue))."
        guard let needed = paired.promptsNeeded else {
            return told
                + (paired.deviation > 0
                    ? " These \(paired.prompts) prompts find a difference of \(least) four times "
                        + "in five."
                    : " They differ on none of these \(paired.prompts) prompts.")
        }
        return told + " To find a difference this small four times in five takes about "
            + "\(TextFormat.count(needed)) prompts; these \(paired.prompts) find one of \(least)."
    }

    static func probability(_ value: Double) -> String {
        value < 0.001 ? "< 0.001" : String(format: "= %.3f", value)
    }
}

extension TextFormat {
    /// A mean and its interval, in its unit.
    static func interval(_ estimate: Estimate, _ unit: EvaluationReport.Measure.Unit) -> String {
        switch unit {
        case .share: return interval(estimate)
        case .tokens, .reward:
            let digits = unit == .tokens ? 1 : 3
            let ends = [estimate.lower, estimate.upper].map { number($0, digits: digits) }
            let value = number(estimate.value, digits: digits)
            return "\(value)\(unit == .tokens ? " tokens" : "") (\(ends[0]) to \(ends[1]))"
        }
    }

    /// A difference and its interval; shares in percentage points.
    static func difference(_ estimate: Estimate, _ unit: EvaluationReport.Measure.Unit) -> String {
        let (scale, digits) = unit == .share ? (100.0, 1) : (1.0, unit == .tokens ? 1 : 3)
        let text = [estimate.value, estimate.lower, estimate.upper]
            .map { signed($0 * scale, digits: digits) }
        return "\(text[0]) (\(text[1]) to \(text[2]))\(unit == .share ? " points" : "")"
    }

    /// A size without a sign, in its unit.
    static func amount(_ value: Double, _ unit: EvaluationReport.Measure.Unit) -> String {
        switch unit {
        case .share: "\(number(value * 100, digits: 1)) points"
        case .tokens: "\(number(value, digits: 1)) tokens"
        case .reward: number(value, digits: 3)
        }
    }

    private static func signed(_ value: Double, digits: Int) -> String {
        let text = number(value, digits: digits)
        return value > 0 && isSeen(text) ? "+" + text : text
    }

    /// Whether a rounded number is another than 0.
    private static func isSeen(_ text: String) -> Bool { text.contains { "1"..."9" ~= $0 } }

    private static func number(_ value: Double, digits: Int) -> String {
        guard value.isFinite else { return missing }
        let text = String(format: "%.\(digits)f", value)
        return isSeen(text) ? text : text.replacing("-", with: "")
    }
}
