/// Horizontal rows that share an axis from 0: stacked parts, or a dot with its interval.
struct BarChart {
    struct Row {
        let name: String
        /// Lengths in the order of the parts.
        var segments: [(part: Int, value: Double)] = []
        var interval: Interval?
        /// What stands behind the row.
        let label: String

        fileprivate var reach: Double {
            max(
                segments.reduce(0) { $0 + $1.value }, interval?.ends?.upperBound ?? 0,
                interval?.value ?? 0)
        }
    }

    let id: String
    let title: String
    let axisTitle: String
    /// Names and colours of the parts; empty for dots.
    var parts: [(name: String, class: String)] = []
    let rows: [Row]
    /// What one unit of the axis is of the rows' numbers.
    var unit = 1.0

    private static let (width, left, right, rowHeight) = (760.0, 170.0, 130.0, 30.0)
    private var plotWidth: Double { Self.width - Self.left - Self.right }

    var description: String {
        title + ": " + rows.map { "\($0.name) \($0.label)" }.joined(separator: ", ") + "."
    }

    var svg: String {
        let axis = ChartAxis(maximum: (rows.map(\.reach).max() ?? 1) / unit)
        var legend = Markup()
        let used = Set(rows.flatMap { $0.segments.map(\.part) })
        let entries = parts.indices.filter(used.contains).map { parts[$0] }
        let top =
            entries.isEmpty
            ? 8 : 12 + legend.legend(entries, x: Self.left, y: 14, width: Self.width - Self.left)
        let bottom = top + Double(rows.count) * Self.rowHeight
        var markup = Markup()
        markup.picture(
            id: id, width: Self.width, height: bottom + 46, title: title, description: description
        ) { svg in
            svg.append(legend.text)
            scale(&svg, axis, top: top, bottom: bottom)
            for (index, row) in rows.enumerated() {
                draw(&svg, row, axis, middle: top + (Double(index) + 0.5) * Self.rowHeight)
            }
        }
        return markup.text
    }

    private func x(_ value: Double, _ axis: ChartAxis) -> Double {
        Self.left + axis.share(value / unit) * plotWidth
    }

    private func scale(_ svg: inout Markup, _ axis: ChartAxis, top: Double, bottom: Double) {
        for (tick, text) in zip(axis.ticks, axis.labels()) {
            let place = x(tick * unit, axis)
            svg.line((place, top), (place, bottom), class: tick == 0 ? "axis" : "grid")
            svg.label(text, x: place, y: bottom + 17, class: "tick", anchor: "middle")
        }
        svg.label(
            axisTitle, x: Self.left + plotWidth / 2, y: bottom + 38, class: "tick", anchor: "middle"
        )
    }

    private func draw(_ svg: inout Markup, _ row: Row, _ axis: ChartAxis, middle: Double) {
        svg.label(row.name, x: Self.left - 10, y: middle + 4, class: "name", anchor: "end")
        var start = 0.0
        for segment in row.segments where segment.value > 0 {
            let (from, to) = (x(start, axis), x(start + segment.value, axis))
            svg.element(
                "rect",
                [
                    ("class", "bar \(parts[segment.part].class)"), ("x", Markup.place(from)),
                    ("y", Markup.place(middle - 9)), ("width", Markup.place(to - from)),
                    ("height", "18"),
                ])
            start += segment.value
        }
        if let interval = row.interval, interval.value.isFinite {
            if let ends = interval.ends {
                svg.line(
                    (x(ends.lowerBound, axis), middle), (x(ends.upperBound, axis), middle),
                    class: "whisker")
            }
            svg.element(
                "circle",
                [
                    ("class", "mark"), ("cx", Markup.place(x(interval.value, axis))),
                    ("cy", Markup.place(middle)), ("r", "4.5"),
                ])
        }
        let reach = row.reach > 0 ? x(row.reach, axis) : Self.left
        svg.label(row.label, x: reach + 8, y: middle + 4, class: "value")
    }
}
