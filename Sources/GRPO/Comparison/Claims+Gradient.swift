extension Claims {
    /// Whether the gradient with the value network lies further from the one with Monte Carlo
    /// values than GRPO's does: noise turns both away, the network's errors only the one.
    static func valueErrors(_ result: Result) -> Judgement {
        let group = result.baselines[.groupMean]?.cosineToMonteCarlo
        let networks: [Result.Baseline] = [.valueSeparate, .valueShared]
        let measured = networks.compactMap { baseline in
            result.baselines[baseline].flatMap { quality in
                quality.cosineToMonteCarlo.map { (baseline, quality, $0) }
            }
        }
        guard !measured.isEmpty else {
            return (.undecided, "The gradient with a value network was not measured.")
        }
        var text = "Cosine to the gradient with Monte Carlo values: "
        text += measured.map { baseline, quality, cosine in
            "\(baseline.name) \(ReportFormat.cosine(cosine))"
                + (quality.explainedVariance.map {
                    ", which explains \(ReportFormat.accuracy($0)) of their variance"
                } ?? "")
        }.joined(separator: "; ")
        text += "; group mean \(ReportFormat.cosine(group))."
        guard let group else { return (.undecided, text) }
        return (.agreeing(measured.map { Verdict(group.isAbove($0.2)) }), text)
    }

    /// Whether adding 1 to every reward leaves the gradient as it is.
    static func relativeScale(_ result: Result) -> Judgement {
        guard let cosine = result.baselines[.groupMean]?.cosineAfterRewardShift, cosine.isFinite
        else {
            return (.undecided, "The gradient under shifted rewards was not measured.")
        }
        let others = Result.Baseline.allCases.compactMap { baseline -> String? in
            guard baseline != .groupMean,
                let shifted = result.baselines[baseline]?.cosineAfterRewardShift, shifted.isFinite
            else { return nil }
            return "\(baseline.name) \(ReportFormat.number(shifted, digits: 4))"
        }
        let text =
            "When 1 is added to every reward, the cosine of the gradients before and after is "
            + "\(ReportFormat.number(cosine, digits: 4)) with the group mean"
            + (others.isEmpty ? "." : "; \(others.joined(separator: "; ")).")
        return (Verdict(cosine >= 0.9999), text)
    }

    /// Whether the group mean takes noise out of the gradient.
    static func promptDifficulty(_ result: Result) -> Judgement {
        guard let group = result.baselines[.groupMean], let variance = group.relativeVariance else {
            return (.undecided, "The gradient’s noise with the group mean was not measured.")
        }
        let none = result.baselines[.none]?.relativeVariance
        var text =
            "Variance of the per-prompt gradient over its squared mean, \(group.prompts) prompts: "
            + "\(ReportFormat.measure(variance)) with the group mean, "
            + "\(ReportFormat.measure(none)) without a baseline"
        guard let ratio = group.varianceRatioToNone else {
            return (Verdict(none.flatMap { $0.isAbove(variance) }), text + ".")
        }
        text += "; ratio \(ReportFormat.ratio(ratio)) over the same prompts."
        return (Verdict(ratio.isAbove(1).map { !$0 }), text)
    }
}
