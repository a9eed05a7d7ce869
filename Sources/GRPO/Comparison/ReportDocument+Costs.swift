extension ReportDocument {
    /// Seconds of a step by stage.
    static func stages(_ result: Comparison) -> ReportSection {
        let title = "Time of a step"
        let stages = Comparison.Stage.allCases
        let timed = Comparison.Algorithm.allCases.compactMap { algorithm in
            result.costs[algorithm].flatMap { cost in
                cost.stageSeconds.isEmpty ? nil : (algorithm: algorithm, cost: cost)
            }
        }
        guard !timed.isEmpty else { return ReportSection(title: title, blocks: [notMeasured]) }
        let unit =
            (timed.compactMap(\.cost.stepSeconds).filter(\.isFinite).max() ?? 1) < 1
            ? 0.001 : 1
        let chart = BarChart(
            id: "stages", title: title,
            axisTitle: unit < 1 ? "milliseconds a step" : "seconds a step",
            parts: stages.map { ($0.name, "part-\($0.rawValue)") },
            rows: timed.map { entry in
                let seconds = entry.cost.stageSeconds
                return BarChart.Row(
                    name: entry.algorithm.name,
                    segments: segments(stages.map { seconds[$0] }),
                    label: ReportFormat.seconds(entry.cost.stepSeconds))
            }, unit: unit)
        let measured = stages.filter { stage in
            timed.contains { $0.cost.stageSeconds[stage] != nil }
        }
        let table = ReportTable(
            header: ["Algorithm"] + measured.map(\.name) + ["Step"],
            rows: timed.map { entry in
                [entry.algorithm.name]
                    + measured.map { stage in
                        seconds(entry.cost.stageSeconds[stage])
                    }
                    + [ReportFormat.seconds(entry.cost.stepSeconds)]
            })
        let caption = "Mean wall time of a training step, by stage. A dash: no such stage."
        return ReportSection(
            title: title,
            blocks: [.figure(ReportFigure(svg: chart.svg, caption: caption, table: table))])
    }

    /// Bytes by what holds them, and the peak.
    static func memory(_ result: Comparison) -> ReportSection {
        let title = "Memory"
        let parts = Comparison.MemoryPart.allCases
        let measured = Comparison.Algorithm.allCases.compactMap { algorithm in
            result.costs[algorithm].flatMap { cost in
                cost.memory.isEmpty && cost.peakMemory == nil
                    ? nil : (algorithm: algorithm, cost: cost)
            }
        }
        guard !measured.isEmpty else { return ReportSection(title: title, blocks: [notMeasured]) }
        let table = ReportTable(
            header: ["Algorithm"] + parts.map(\.name) + ["Sum of parts", "Peak"],
            rows: measured.map { entry in
                let memory = entry.cost.memory
                return [entry.algorithm.name]
                    + parts.map { part in
                        lacks(part, entry.algorithm, memory[part])
                            ? "–" : ReportFormat.bytes(memory[part])
                    } + [
                        ReportFormat.bytes(total(memory)),
                        ReportFormat.bytes(entry.cost.peakMemory),
                    ]
            })
        guard let chart = memoryChart(measured) else {
            return ReportSection(title: title, blocks: [.table(table)])
        }
        let caption =
            "Memory by what holds it. The peak is that of the process: it includes the program and "
            + "libtorch, and parts need not be largest at the same time."
        return ReportSection(
            title: title,
            blocks: [.figure(ReportFigure(svg: chart.svg, caption: caption, table: table))])
    }

    /// The parts of those that have any, stacked; `nil` where none has.
    private static func memoryChart(
        _ measured: [(algorithm: Comparison.Algorithm, cost: Comparison.Cost)]
    ) -> BarChart? {
        let parts = Comparison.MemoryPart.allCases
        let rows = measured.filter { !$0.cost.memory.isEmpty }
        guard let largest = rows.compactMap({ total($0.cost.memory) }).max() else { return nil }
        let isLarge = largest >= 2_000_000_000
        return BarChart(
            id: "memory", title: "Memory", axisTitle: isLarge ? "gigabytes" : "megabytes",
            parts: parts.map { ($0.name, "part-\($0.rawValue)") },
            rows: rows.map { entry in
                BarChart.Row(
                    name: entry.algorithm.name,
                    segments: segments(parts.map { entry.cost.memory[$0].map(Double.init) }),
                    label: ReportFormat.bytes(total(entry.cost.memory)))
            }, unit: isLarge ? 1e9 : 1e6)
    }

    /// Whether the algorithm has no such part, rather than one that was not measured.
    private static func lacks(
        _ part: Comparison.MemoryPart, _ algorithm: Comparison.Algorithm, _ bytes: Int?
    ) -> Bool {
        part == .valueNetwork && bytes ?? 0 == 0 && !Claims.forms.contains(algorithm)
    }

    private static func total(_ memory: [Comparison.MemoryPart: Int]) -> Int? {
        memory.isEmpty ? nil : memory.values.reduce(0, +)
    }

    private static func segments(_ values: [Double?]) -> [(part: Int, value: Double)] {
        values.enumerated().compactMap { index, value in
            value.flatMap { $0.isFinite && $0 > 0 ? (index, $0) : nil }
        }
    }

    /// A dash for a stage that an algorithm does not have.
    private static func seconds(_ value: Double?) -> String {
        value == nil ? "–" : ReportFormat.seconds(value)
    }
}
