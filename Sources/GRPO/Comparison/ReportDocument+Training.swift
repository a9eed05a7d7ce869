extension ReportDocument {
    private typealias Result = Comparison

    static let notMeasured = ReportBlock.text("This was not measured.")

    /// Final and best accuracy for each budget.
    static func accuracy(_ result: Comparison) -> ReportSection {
        var blocks: [ReportBlock] = []
        for budget in Result.Budget.allCases
        where result.runs.contains(where: { $0.budget == budget }) {
            let rows = Result.Algorithm.allCases.map { accuracyRow(result, $0, budget) }
            blocks.append(.text("After the same budget of \(budget.name):"))
            blocks.append(
                .table(
                    ReportTable(
                        header: [
                            "Algorithm", "Seeds", "Warm start", "Final accuracy", "Best accuracy",
                            "Tokens", "Time",
                        ], rows: rows)))
        }
        return ReportSection(title: "Accuracy", blocks: blocks.isEmpty ? [notMeasured] : blocks)
    }

    private static func accuracyRow(
        _ result: Comparison, _ algorithm: Comparison.Algorithm,
        _ budget: Comparison.Budget
    ) -> [String] {
        let runs = result.runs(algorithm, budget)
        let start = SeedMean(tallies: runs.compactMap { $0.points.first?.accuracy })
        let ends = runs.compactMap(\.points.last)
        return [
            algorithm.name, runs.isEmpty ? ReportFormat.missing : "\(runs.count)",
            ReportFormat.percent(start?.interval.value),
            ReportFormat.accuracy(SeedMean(tallies: runs.compactMap(\.final))?.interval),
            ReportFormat.accuracy(SeedMean(tallies: runs.compactMap(\.best))?.interval),
            ReportFormat.number(SeedMean(ends.map { Double($0.tokens) })?.interval.value),
            ReportFormat.seconds(SeedMean(ends.map(\.seconds))?.interval.value),
        ]
    }

    /// Accuracy over tokens or seconds.
    static func curve(
        _ result: Comparison, _ axis: Comparison.Budget
    ) -> ReportSection {
        let title =
            axis == .tokens ? "Accuracy against generated tokens" : "Accuracy against seconds"
        let bands = Result.Algorithm.allCases
            .map { CurveBand($0, runs: result.runs, over: axis) }.filter { !$0.samples.isEmpty }
        guard !bands.isEmpty else { return ReportSection(title: title, blocks: [notMeasured]) }
        let chart = LineChart(
            id: "accuracy-\(axis.rawValue)", title: title, xTitle: axis.name, bands: bands)
        let caption =
            "Greedy accuracy on held-out prompts, mean over seeds. "
            + (bands.contains { $0.seeds > 1 }
                ? "Bands, in brackets in the table, go from the lowest to the highest seed; "
                    + "lines end where the first seed does."
                : "Bands, in brackets in the table, are Wilson’s 95 % interval of the one seed.")
        let figure = ReportFigure(svg: chart.svg, caption: caption, table: curveTable(bands, axis))
        return ReportSection(title: title, blocks: [.figure(figure)])
    }

    /// The mean with its band in brackets, which no interval over seeds has.
    private static func bandCell(_ sample: CurveBand.Sample?) -> String {
        let ends = [sample?.lower, sample?.upper].map { bound in
            ReportFormat.number(bound.map { $0 * 100 }, digits: 1)
        }
        let mean = ReportFormat.percent(sample?.mean)
        return sample == nil ? mean : "\(mean) [\(ends.joined(separator: ", "))]"
    }

    /// Each band at the axis's ticks and where the first of them ends.
    private static func curveTable(
        _ bands: [CurveBand], _ axis: Comparison.Budget
    ) -> ReportTable {
        let end = bands.compactMap { $0.samples.last?.x }.filter { $0 > 0 }.min() ?? 0
        let ticks = ChartAxis(maximum: end).ticks.filter { $0 < 0.95 * end }
        let places = end > 0 ? ticks + [end] : [0]
        let heads = places.map {
            axis == .tokens ? ReportFormat.number($0) : ReportFormat.seconds($0)
        }
        let rows = bands.map { band in
            [band.algorithm.name]
                + places.map { place in
                    bandCell(band.sample(near: place))
                }
        }
        return ReportTable(
            header: [axis == .tokens ? "Tokens" : "Time"] + heads, rows: rows)
    }
}
