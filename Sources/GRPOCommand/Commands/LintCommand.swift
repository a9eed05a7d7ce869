import ArgumentParser
import Foundation
import GRPO

/// `grpo lint`: what would go wrong in a run, before it begins.
struct LintCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lint",
        abstract:
            "Samples and scores a few groups of a run that has not begun, and says what to change.",
        discussion: """
            Takes the configuration of `grpo train`, loads the model, samples the first groups, \
            scores them twice, and looks at the data. Nothing is written. Exit code 1 where \
            training would not begin or would learn nothing, 0 otherwise.
            """)

    @OptionGroup var options: ConfigurationOptions

    @Option(help: "exact, number, countdown, or a reward in YAML; may be given several times.")
    var reward: [String] = []

    @Option(help: "Prompts to sample a group of.")
    var prompts = 16

    @OptionGroup var output: OutputOptions

    func validate() throws {
        if prompts < 1 { throw ValidationError("--prompts \(prompts): expected 1 or more.") }
    }

    func run() async throws {
        // A run's folder is a required key, and lint makes none.
        var flags = ["output=unused"] + options.all
        if !reward.isEmpty {
            let list = reward.map { $0.contains(":") ? $0 : "{kind: \($0)}" }
            flags.append("rewards=[\(list.joined(separator: ", "))]")
        }
        let lint = try Lint(try Configuration.read(file: options.file, overrides: flags))
        let terminal = output.terminal
        let report = await lint.report(prompts: prompts)
        terminal.jsonLine(report.json)
        LintText(report).show(in: terminal)
        if report.isPointless { throw ExitCode(1) }
    }
}

/// The report of a lint as text.
struct LintText {
    private let report: LintReport

    init(_ report: LintReport) { self.report = report }

    func show(in terminal: Terminal) {
        for notice in report.notices { terminal.warning(notice) }
        if report.completions > 0 {
            for line in sampled { terminal.result(line) }
            for line in rewards { terminal.result(terminal.harmless(line)) }
        }
        let data = report.data
        let test = data.testRows.map { ", \(TextFormat.count($0)) held out" } ?? ""
        terminal.result("data: \(TextFormat.count(data.trainingRows)) training prompts\(test)")
        terminal.result("")
        for finding in report.findings {
            let label = finding.severity == .pointless ? "error:  " : "warning:"
            terminal.result("\(label) \(terminal.harmless(finding.text))")
        }
        if report.findings.isEmpty { terminal.result("Nothing to change.") }
    }

    private var sampled: [String] {
        let all = report.completions
        return [
            "\(report.groups) groups of \(report.configuration.rollout.groupSize), sampled in "
                + TextFormat.seconds(report.samplingSeconds),
            "groups with a signal   \(report.groupsWithSignal) of \(report.groups)",
            "completions            \(String(format: "%.1f", report.meanLength)) tokens, "
                + "\(share(report.truncated, all)) cut off, \(share(report.empty, all)) empty",
        ]
    }

    private var rewards: [String] {
        let width = max(8, report.rewards.map(\.name.count).max() ?? 0)
        let head = "reward".padding(toLength: width, withPad: " ", startingAt: 0)
        let lines = report.rewards.map { reward in
            let name = reward.name.padding(toLength: width, withPad: " ", startingAt: 0)
            let numbers = [
                String(format: "%.3f", reward.mean), String(format: "%.3f", reward.deviation),
                "\(reward.groupsWithSignal)", "\(reward.failed)", "\(reward.differing)",
                reward.unread.map { "\($0)" } ?? TextFormat.missing,
                String(format: "%.1f ms", 1000 * reward.seconds / Double(report.completions)),
            ]
            return name + numbers.map(Self.column).joined()
        }
        let names = ["mean", "std", "signal", "failed", "differ", "unread", "each"]
        return ["", head + names.map(Self.column).joined()] + lines + [""]
    }

    private static func column(_ text: String) -> String {
        String(repeating: " ", count: max(2, 10 - text.count)) + text
    }

    private func share(_ part: Int, _ all: Int) -> String {
        TextFormat.percent(Double(part) / Double(max(all, 1)))
    }
}
