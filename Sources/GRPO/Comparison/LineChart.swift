/// Accuracy over tokens or seconds: a mean line and a band for each algorithm.
struct LineChart {
    let id: String
    let title: String
    let xTitle: String
    let description: String
    /// Bands with samples.
    let bands: [CurveBand]
    private let horizontal: ChartAxis
    private let vertical: ChartAxis

    private static let (width, plotHeight, left, right) = (760.0, 300.0, 52.0, 198.0)
    private var plotWidth: Double { Self.width - Self.left - Self.right }

    init(id: String, title: String, xTitle: String, bands: [CurveBand]) {
        (self.id, self.title, self.xTitle) = (id, title, xTitle)
        self.bands = bands.filter { !$0.samples.isEmpty }
        horizontal = ChartAxis(
            maximum: self.bands.compactMap { $0.samples.last?.x }.max() ?? 1, endsAtTick: false)
        let top = self.bands.flatMap(\.samples).map(\.upper).max() ?? 1
        vertical = ChartAxis(maximum: min(top, 1))
        description =
            "Mean accuracy by \(xTitle). At the end: "
            + self.bands.map { Self.endLabel($0) }.joined(separator: ", ") + "."
    }

    var svg: String {
        var markup = Markup()
        let entries = bands.map { (name: $0.algorithm.name, class: Self.style($0.algorithm)) }
        var legend = Markup()
        let top = 16 + legend.legend(entries, x: Self.left, y: 14, width: Self.width - Self.left)
        let height = top + Self.plotHeight + 48
        markup.picture(
            id: id, width: Self.width, height: height, title: title, description: description
        ) { svg in
            svg.append(legend.text)
            axes(&svg, top: top)
            for band in bands { area(&svg, band, top: top) }
            for band in bands { line(&svg, band, top: top) }
            endLabels(&svg, top: top)
        }
        return markup.text
    }

    static func style(_ algorithm: Comparison.Algorithm) -> String {
        "algorithm-\(algorithm.rawValue)"
    }

    private static func endLabel(_ band: CurveBand) -> String {
        "\(band.algorithm.name) \(ReportFormat.percent(band.samples.last?.mean))"
    }

    private func place(_ x: Double, _ y: Double, top: Double) -> (x: Double, y: Double) {
        (
            Self.left + horizontal.share(x) * plotWidth,
            top + (1 - vertical.share(y)) * Self.plotHeight
        )
    }

    private func axes(_ svg: inout Markup, top: Double) {
        for tick in vertical.ticks {
            let start = place(0, tick, top: top)
            svg.line(start, (start.x + plotWidth, start.y), class: tick == 0 ? "axis" : "grid")
            svg.label(
                ReportFormat.number(tick * 100) + " %", x: start.x - 8, y: start.y + 4,
                class: "tick", anchor: "end")
        }
        for (tick, text) in zip(horizontal.ticks, horizontal.labels()) {
            let foot = place(tick, 0, top: top)
            svg.line(foot, (foot.x, foot.y + 5), class: "axis")
            svg.label(text, x: foot.x, y: foot.y + 19, class: "tick", anchor: "middle")
        }
        svg.label(
            xTitle, x: Self.left + plotWidth / 2, y: top + Self.plotHeight + 40, class: "tick",
            anchor: "middle")
    }

    private func area(_ svg: inout Markup, _ band: CurveBand, top: Double) {
        let upper = band.samples.map { place($0.x, $0.upper, top: top) }
        let lower = band.samples.reversed().map { place($0.x, $0.lower, top: top) }
        svg.element(
            "polygon",
            [
                ("class", "band \(Self.style(band.algorithm))"),
                ("points", Markup.path(upper + lower)),
            ])
    }

    private func line(_ svg: inout Markup, _ band: CurveBand, top: Double) {
        let points = band.samples.map { place($0.x, $0.mean, top: top) }
        svg.element(
            "polyline",
            [("class", "line \(Self.style(band.algorithm))"), ("points", Markup.path(points))])
        guard let end = points.last else { return }
        svg.element(
            "circle",
            [
                ("class", "dot \(Self.style(band.algorithm))"), ("cx", Markup.place(end.x)),
                ("cy", Markup.place(end.y)), ("r", "3"),
            ])
    }

    /// Each line's name at its end, moved apart where lines end close together.
    private func endLabels(_ svg: inout Markup, top: Double) {
        let ends = bands.compactMap { band in
            band.samples.last.map { (band, place($0.x, $0.mean, top: top)) }
        }.sorted { $0.1.y < $1.1.y }
        let heights = Self.spread(
            ends.map(\.1.y), gap: 17, within: top + 6...top + Self.plotHeight - 2)
        let x = Self.left + plotWidth + 22
        for ((band, end), height) in zip(ends, heights) {
            svg.line(
                (end.x + 4, end.y), (x - 4, height), class: "leader \(Self.style(band.algorithm))")
            svg.label(Self.endLabel(band), x: x, y: height + 4, class: "name")
        }
    }

    /// Ascending places at least `gap` apart, as near to `places` as `range` allows.
    static func spread(
        _ places: [Double], gap: Double, within range: ClosedRange<Double>
    ) -> [Double] {
        var result = places
        for index in result.indices {
            let least = index == 0 ? range.lowerBound : result[index - 1] + gap
            result[index] = max(result[index], least)
        }
        for index in result.indices.reversed() {
            let most = index == result.count - 1 ? range.upperBound : result[index + 1] - gap
            result[index] = min(result[index], most)
        }
        return result
    }
}
