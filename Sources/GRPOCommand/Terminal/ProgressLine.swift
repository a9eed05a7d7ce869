/// A progress report as text; a function of its values alone.
struct ProgressLine {
    private static let barWidths = 6...30

    var report: ProgressReport
    /// Seconds since the run began.
    var elapsed: Double
    /// Seconds until it ends; `nil` where unknown or over.
    var left: Double?

    /// The line of a log: everything, whatever its length.
    func plain() -> String {
        "\(report.label) \(steps)" + columns(report.fields.map(text) + [times])
    }

    /// The line of a terminal: a bar and what else has room, in fewer columns than the width.
    ///
    /// One column stays free, because the cursor stands there: in the last one, some terminals
    /// would wrap. The fields go first, from the right; then the time; then the bar.
    func bar(width: Int, usesColor: Bool) -> String {
        let room = width - 1 - report.label.count - steps.count - 2
        let (fields, times, barWidth) = layout(room: room)
        guard let barWidth else {
            return String("\(report.label) \(steps)".prefix(max(0, width - 1)))
        }
        let inked = fields.map { field in
            "\(Ink.dim.on(field.name, if: usesColor)) \(field.value)"
        }
        return "\(Ink.bold.on(report.label, if: usesColor)) "
            + "\(drawnBar(barWidth, usesColor: usesColor)) \(steps)"
            + columns(inked + times.map { Ink.dim.on($0, if: usesColor) })
    }

    private typealias Layout = (
        fields: [(name: String, value: String)], times: [String], barWidth: Int?
    )

    /// The most that fits beside a bar, best first.
    private func layout(room: Int) -> Layout {
        let fields = report.fields
        var choices = (0...fields.count).reversed().map { (Array(fields.prefix($0)), [times]) }
        if let left { choices.append(([], ["\(TextFormat.clock(left)) left"])) }
        choices.append(([], []))
        for (fields, times) in choices {
            let barWidth = room - columns(fields.map(text) + times).count
            if barWidth >= Self.barWidths.lowerBound {
                return (fields, times, min(barWidth, Self.barWidths.upperBound))
            }
        }
        return ([], [], nil)
    }

    private func drawnBar(_ width: Int, usesColor: Bool) -> String {
        let share = min(1, max(0, Double(report.step) / Double(max(1, report.total))))
        // A cell is drawn in halves; the last half comes with the last step, not by rounding.
        let halves = Int(share * Double(2 * width))
        let half = halves % 2 == 1 ? "╾" : ""
        let done = String(repeating: "━", count: halves / 2) + half
        let open = String(repeating: "─", count: width - halves / 2 - half.count)
        let ink = share == 1 ? Ink.green : Ink.cyan
        return ink.on(done, if: usesColor) + Ink.dim.on(open, if: usesColor)
    }

    /// The step, as wide as the last one will be: what stands right of it does not move.
    private var steps: String {
        let (step, total) = ("\(report.step)", "\(report.total)")
        return String(repeating: " ", count: max(0, total.count - step.count)) + "\(step)/\(total)"
    }

    private var times: String {
        TextFormat.clock(elapsed) + (left.map { ", \(TextFormat.clock($0)) left" } ?? "")
    }

    private func text(_ field: (name: String, value: String)) -> String {
        "\(field.name) \(field.value)"
    }

    private func columns(_ texts: [String]) -> String {
        texts.map { "  \($0)" }.joined()
    }
}
