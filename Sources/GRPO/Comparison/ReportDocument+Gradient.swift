extension ReportDocument {
    /// The noise of the policy gradient under each baseline.
    static func noise(_ result: Comparison) -> ReportSection {
        let title = "Noise of the policy gradient"
        let measured = Comparison.Baseline.allCases.compactMap { baseline in
            result.baselines[baseline].map { (baseline: baseline, quality: $0) }
        }
        let noisy = measured.filter { $0.quality.relativeVariance?.value.isFinite ?? false }
        guard !noisy.isEmpty else { return ReportSection(title: title, blocks: [notMeasured]) }
        let chart = BarChart(
            id: "noise", title: title, axisTitle: "variance ÷ squared mean (lower is better)",
            rows: noisy.map { entry in
                BarChart.Row(
                    name: entry.baseline.name, interval: entry.quality.relativeVariance,
                    label: ReportFormat.significant(entry.quality.relativeVariance?.value))
            })
        let table = ReportTable(
            header: [
                "Baseline", "Prompts", "Relative variance", "Ratio to no baseline",
                "Cosine after rewards + 1",
            ],
            rows: measured.map { entry in
                [
                    entry.baseline.name, ReportFormat.count(entry.quality.prompts),
                    ReportFormat.measure(entry.quality.relativeVariance),
                    ReportFormat.ratio(entry.quality.varianceRatioToNone),
                    ReportFormat.number(entry.quality.cosineAfterRewardShift, digits: 4),
                ]
            })
        let caption =
            "Variance of the per-prompt gradient around its mean, over the squared norm of the "
            + "mean; the same rollouts of a fixed policy for all. Lines are bootstrap intervals."
        return ReportSection(
            title: title,
            blocks: [.figure(ReportFigure(svg: chart.svg, caption: caption, table: table))])
    }

    /// How well each baseline estimates the value, and where it turns the gradient.
    static func values(_ result: Comparison) -> ReportSection {
        let title = "The value network’s error"
        let rows = Comparison.Baseline.allCases.compactMap { baseline -> [String]? in
            guard let quality = result.baselines[baseline],
                quality.explainedVariance != nil || quality.cosineToMonteCarlo != nil
            else { return nil }
            return [
                baseline.name, ReportFormat.accuracy(quality.explainedVariance),
                ReportFormat.cosine(quality.cosineToMonteCarlo),
            ]
        }
        guard !rows.isEmpty else { return ReportSection(title: title, blocks: [notMeasured]) }
        let table = ReportTable(
            header: ["Baseline", "Explained variance", "Cosine to the Monte Carlo gradient"],
            rows: rows)
        return ReportSection(
            title: title,
            blocks: [
                .text(
                    "Against values that are means of many sampled completions: the share of their "
                        + "variance that the baseline explains, and the cosine between the policy "
                        + "gradient with the baseline and the one with these values."),
                .table(table),
            ])
    }
}
