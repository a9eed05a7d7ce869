/// The evidence for and against each sentence.
///
/// A verdict other than "undecided" needs an interval that excludes the contrary, or a count. What
/// has none (bytes, lines, the time to sample a group) has to differ by 5 % to differ.
enum Claims {
    typealias Result = Comparison
    typealias Judgement = (Verdict, String)

    /// Less is no difference between numbers without an interval.
    static let margin = 1.05

    /// The two forms of PPO, the article's before the other.
    static let forms: [Result.Algorithm] = [.ppoSeparate, .ppoShared]

    static func twoNetworks(_ result: Result) -> Judgement {
        let policy = result.settings.modelParameters
        let counts = forms.compactMap { form in
            result.costs[form]?.valueParameters.map { (form: form, parameters: $0) }
        }
        guard let largest = counts.map(\.parameters).max(), policy > 0 else {
            return (.undecided, "The value networks’ parameters were not measured.")
        }
        let parts = counts.map { count in
            let share = Double(count.parameters) / Double(policy)
            return "\(count.form.name): \(ReportFormat.count(count.parameters)) "
                + "(\(ReportFormat.significant(share * 100)) %)"
        }
        let text =
            "Parameters trained beside the policy’s \(ReportFormat.count(policy)): "
            + parts.joined(separator: "; ") + ". A tenth of the policy’s counts as a second network"
            + (counts.count > 1 && counts.contains { $0.parameters * 10 < policy }
                ? ", which a value head is not." : ".")
        return (Verdict(largest * 10 >= policy), text)
    }

    static func nothingLearned(_ result: Result) -> Judgement {
        guard let parameters = result.costs[.grpo]?.valueParameters else {
            return (.undecided, "GRPO’s trained parameters were not measured.")
        }
        var text =
            "GRPO trains \(ReportFormat.count(parameters)) parameters beside the policy’s own."
        if let explained = result.baselines[.groupMean]?.explainedVariance {
            text +=
                " Its group mean explains \(ReportFormat.accuracy(explained)) of the variance of "
                + "the Monte Carlo values."
        }
        return (Verdict(parameters == 0), text)
    }

    static func simplerLoop(_ result: Result) -> Judgement {
        let grpo = result.costs[.grpo]
        let ppo = result.costs[.ppoSeparate] ?? result.costs[.ppoShared]
        guard let head = grpo?.valueParameters, let otherHead = ppo?.valueParameters,
            let lines = grpo?.linesOfCode, let otherLines = ppo?.linesOfCode, lines > 0
        else {
            return (
                .undecided,
                "The parameters to initialise and the lines of both steps were not both measured."
            )
        }
        let text =
            "To initialise beside the policy: \(ReportFormat.count(head)) parameters for GRPO, "
            + "\(ReportFormat.count(otherHead)) for PPO. Lines of code of the step: "
            + "\(ReportFormat.count(lines)) for GRPO, \(ReportFormat.count(otherLines)) for PPO."
        let noHead = Verdict(head == 0 && otherHead > 0)
        let shorter = Verdict(Double(otherLines) >= margin * Double(lines))
        return (.conjunction([noHead, shorter]), text)
    }

    /// Counted numbers: whether `left` is the larger by the margin.
    static func exceeds(_ left: Int?, _ right: Int?) -> Verdict {
        guard let left, let right, right > 0 else { return .undecided }
        return Verdict(Double(left) >= margin * Double(right))
    }

    static func seeds(_ count: Int) -> String { count == 1 ? "1 seed" : "\(count) seeds" }
}
