/// A line plot in text.
enum Plot {
    /// Beyond these, sums and spans of values would not be finite.
    private static let drawable = -1e150...1e150
    /// Below this, the distance of two ticks would be rounded to zero.
    private static let leastDrawable = 1e-150

    /// The lines of a plot of values by step, from 1.
    ///
    /// Where there are more values than columns, each column shows the mean of its share of them.
    /// Values that are not finite leave a gap.
    ///
    /// - Parameters:
    ///   - values: One value a step.
    ///   - width: Columns in all; no line is longer.
    ///   - height: Rows of the curve, 3 or more; the title and the axis come on top of them. One
    ///     more than a multiple of four spaces the labels evenly.
    ///   - title: Stands above.
    ///   - usesColor: Whether to colour the curve and dim the axes.
    /// - Returns: The lines, without line breaks.
    static func lines(
        _ values: [Double], width: Int, height: Int, title: String, usesColor: Bool
    ) -> [String] {
        let (width, height) = (max(4, width), max(3, height))
        let title = Ink.bold.on(String(title.prefix(width)), if: usesColor)
        let finite = values.filter(\.isFinite)
        guard !finite.isEmpty else {
            return [title, Ink.dim.on(String("no values".prefix(width)), if: usesColor)]
        }
        var layout = Layout(
            means(values, bins: width), width: width, height: height, steps: values.count)
        if layout.columns < values.count {
            layout = Layout(
                means(values, bins: layout.columns), width: width, height: height,
                steps: values.count)
        }
        return [title] + layout.curveRows(usesColor: usesColor)
            + layout.stepRows.map { Ink.dim.on($0, if: usesColor) }
    }

    /// The mean of the finite values of each bin, `nil` where it has none.
    static func means(_ values: [Double], bins: Int) -> [Double?] {
        let bins = min(bins, values.count)
        return (0..<bins).map { bin in
            let members = values[bin * values.count / bins..<(bin + 1) * values.count / bins]
                .filter(\.isFinite)
                .map { min(max($0, drawable.lowerBound), drawable.upperBound) }
            guard !members.isEmpty else { return nil }
            let mean = members.reduce(0, +) / Double(members.count)
            return abs(mean) < leastDrawable ? 0 : mean
        }
    }
}

/// A plot's points and axes in their places.
private struct Layout {
    private static let leastColumns = 8

    let points: [Double?]
    let axis: PlotAxis
    let labels: [String]
    let columns: Int
    let height: Int
    let steps: Int

    init(_ points: [Double?], width: Int, height: Int, steps: Int) {
        let known = points.compactMap { $0 }
        let (low, high) = (known.min() ?? 0, known.max() ?? 0)
        axis = PlotAxis(covering: low...high, intervals: height / 2)
        let widest = axis.labels.map(\.count).max() ?? 0
        // Where it is narrow, the curve is worth more than the labels.
        labels = width - widest - 2 < Self.leastColumns ? [] : axis.labels
        columns = width - (labels.isEmpty ? 1 : widest + 2)
        self.points = points
        self.height = height
        self.steps = steps
    }

    private var margin: Int { (labels.map(\.count).max() ?? -1) + 1 }

    /// The curve with the labels and the axis on its left.
    func curveRows(usesColor: Bool) -> [String] {
        let canvas = drawn()
        var labelled: [Int: String] = [:]
        for (multiple, label) in zip(axis.multiples, labels) {
            labelled[dot(axis.position(ofMultiple: multiple), of: canvas) / 4] = label
        }
        return (0..<height).map { row in
            let label = labelled[row]
            let blanks = String(repeating: " ", count: max(0, margin - 1 - (label?.count ?? 0)))
            let gap = labels.isEmpty ? "" : " "
            let edge = blanks + (label ?? "") + gap + (label == nil ? "│" : "┤")
            return Ink.dim.on(edge, if: usesColor)
                + Ink.cyan.on(canvas.text(row: row), if: usesColor)
        }
    }

    /// The horizontal axis and, below it, the first and the last step.
    var stepRows: [String] {
        let indent = String(repeating: " ", count: margin)
        let line = indent + "└" + String(repeating: "─", count: columns)
        let last = "\(steps)"
        guard steps > 1, columns >= last.count + 2 else { return [line, indent + " 1"] }
        let gap = String(repeating: " ", count: columns - 1 - last.count)
        return [line, indent + " 1" + gap + last]
    }

    private func drawn() -> BrailleCanvas {
        var canvas = BrailleCanvas(columns: columns, rows: height)
        var previous: (x: Int, y: Int)?
        for (index, point) in points.enumerated() {
            guard let point else {
                previous = nil
                continue
            }
            let share = points.count > 1 ? Double(index) / Double(points.count - 1) : 0
            let place = (
                x: Int((share * Double(canvas.dotColumns - 1)).rounded()),
                y: dot(axis.position(of: point), of: canvas)
            )
            canvas.drawLine(from: previous ?? place, to: place)
            previous = place
        }
        return canvas
    }

    /// The dot, from the top, of a position between the ends of the axis.
    private func dot(_ position: Double, of canvas: BrailleCanvas) -> Int {
        Int(((1 - position) * Double(canvas.dotRows - 1)).rounded())
    }
}
