/// Something that a look at a run has found.
package struct LintFinding: Sendable, Equatable {
    /// What it means for the run.
    package enum Severity: String, Sendable {
        /// Training would not begin, or would learn nothing.
        case pointless
        /// Training would learn less than it could, or its numbers would mislead.
        case warning
    }

    package let severity: Severity
    /// What was found, and which setting to change.
    package let text: String
}

/// What to change before a run begins.
struct LintAdvice {
    private let report: LintReport

    init(_ report: LintReport) { self.report = report }

    var findings: [LintFinding] {
        data + failures + (report.completions > 0 && report.stopped == nil ? completions : [])
    }

    private var rollout: Configuration.Rollout { report.configuration.rollout }

    private func pointless(_ text: String) -> LintFinding {
        LintFinding(severity: .pointless, text: text)
    }

    private func warning(_ text: String) -> LintFinding {
        LintFinding(severity: .warning, text: text)
    }

    private static func percent(_ part: Int, of all: Int) -> String {
        let tenths = (1000 * Double(part) / Double(max(all, 1))).rounded()
        return "\(tenths / 10) %"
    }

    private var data: [LintFinding] {
        var found: [LintFinding] = []
        let data = report.data
        if let reason = data.unusable {
            found.append(pointless("Training does not start: \(reason)"))
        }
        if let line = data.tooLong.first {
            found.append(
                pointless(
                    "Training does not start: \(data.tooLong.count) of \(data.trainingRows) prompts "
                        + "do not fit the model with \(rollout.maxNewTokens) new tokens, the first "
                        + "in line \(line). Lower rollout.max_new_tokens, or leave these rows out "
                        + "of data.train."))
        }
        if data.shared > 0, let line = data.firstShared {
            found.append(
                warning(
                    "\(data.shared) of \(data.trainingRows) training prompts are also held-out ones, "
                        + "the first in line \(line): the evaluation would measure memory. Take "
                        + "them out of data.train."))
        }
        if data.repeated * 100 > data.trainingRows {
            found.append(
                warning(
                    "\(data.repeated) of \(data.trainingRows) training prompts repeat an earlier "
                        + "one; each counts as often as it stands there. Take the copies out of "
                        + "data.train if that is not meant."))
        }
        return found
    }

    private var failures: [LintFinding] {
        var found: [LintFinding] = []
        if let reason = report.stopped {
            found.append(pointless("The rewards ended it: \(reason)"))
        }
        let bound = report.configuration.training.maxFailureShare
        let first = report.rewards.compactMap(\.firstFailure).first ?? ""
        if report.failed > 0 {
            let text =
                "Rewards failed on \(report.failed) of \(report.completions) completions. "
                + "The first: \(first)."
            let ends = Double(report.failed) > bound * Double(report.completions)
            found.append(
                ends
                    ? pointless(
                        text + " A run ends above a share of \(bound) "
                            + "(training.max_failure_share): repair the reward.")
                    : warning(text))
        }
        for line in report.rewards where line.differing > 0 {
            found.append(
                warning(
                    "\(line.name) gave \(line.differing) of \(report.completions) completions "
                        + "another score the second time (\(line.difference ?? "")). Make it depend "
                        + "on the completion alone, with a fixed seed, or what is learned is noise."
                ))
        }
        return found
    }

    private var completions: [LintFinding] {
        signal + truncation + report.rewards.flatMap(reward)
            + (report.samplingSeconds > 0 ? pace : [])
    }

    /// Whether there is anything to learn from.
    private var signal: [LintFinding] {
        let (with, all) = (report.groupsWithSignal, report.groups)
        guard 4 * with < all else { return [] }
        let found = "\(with) of \(all) groups tell their completions apart by reward"
        if report.identicalGroups * 2 > all {
            return [
                LintFinding(
                    severity: with == 0 ? .pointless : .warning,
                    text: "\(found), and in \(report.identicalGroups) all completions are the same "
                        + "text. Raise rollout.temperature (\(rollout.temperature)).")
            ]
        }
        let isSolved = report.rewards.first.map { $0.mean >= 0.9 } ?? false
        let advice =
            isSolved
            ? "The model solves these already: take harder prompts (data.train)."
            : "Take easier prompts (data.train), warm the model up on answers first (grpo sft), or "
                + "raise rollout.group_size (\(rollout.groupSize)); rollout.filter samples others in "
                + "place of groups without a signal."
        return [
            LintFinding(
                severity: with == 0 ? .pointless : .warning,
                text: found + (with == 0 ? ": nothing would be learned. " : ". ") + advice)
        ]
    }

    private var truncation: [LintFinding] {
        var found: [LintFinding] = []
        if report.truncated * 10 > report.completions {
            let share = Self.percent(report.truncated, of: report.completions)
            found.append(
                warning(
                    "\(share) of the completions were cut off at \(rollout.maxNewTokens) tokens. "
                        + "Raise rollout.max_new_tokens, or say with rollout.stop where an answer "
                        + "ends; a model that never ends needs a warm start (grpo sft)."))
        }
        if report.empty * 10 > report.completions {
            let share = Self.percent(report.empty, of: report.completions)
            found.append(
                warning(
                    "\(share) of the completions are empty: the model ends at once. Look at "
                        + "data.prompt and data.chat: is the prompt what the model expects?"))
        }
        return found
    }

    private func reward(_ line: LintReport.RewardLine) -> [LintFinding] {
        var found: [LintFinding] = []
        if let unread = line.unread, unread * 5 > report.completions {
            found.append(
                warning(
                    "\(line.name) could not read an answer in \(unread) of \(report.completions) "
                        + "completions, such as \(line.unreadExamples.joined(separator: ", ")). "
                        + "Change its extract, or say in data.prompt how to answer."))
        }
        if report.rewards.count > 1, line.groupsWithSignal == 0, line.failed < report.completions {
            found.append(
                warning(
                    "\(line.name) is the same for all completions of each group (mean "
                        + "\(line.mean)): it has no effect yet."))
        }
        if line.notApplicable * 2 > report.completions {
            found.append(
                warning(
                    "\(line.name) does not apply to \(line.notApplicable) of \(report.completions) "
                        + "completions."))
        }
        return found
    }

    private var pace: [LintFinding] {
        report.rewards.filter { $0.seconds > report.samplingSeconds && $0.seconds > 1 }.map {
            warning(
                "Scoring by \($0.name) takes longer than sampling. For a program or server, raise "
                    + "its workers or batch_size.")
        }
    }
}
