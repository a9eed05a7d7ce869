import Foundation

/// An axis from 0, with ticks at round numbers.
struct ChartAxis: Equatable {
    /// Ascending from 0.
    let ticks: [Double]
    let end: Double

    /// The axis that holds `maximum`, with about `count` steps of 1, 2, 2.5 or 5 times a power of ten.
    ///
    /// It ends at a tick, or at `maximum` itself.
    init(maximum: Double, count: Int = 5, endsAtTick: Bool = true) {
        let top = maximum.isFinite && maximum > 0 ? min(maximum, 1e15) : 1
        let rough = top / Double(max(count, 1))
        let power = pow(10, log10(rough).rounded(.down))
        let factor = [1.0, 2, 2.5, 5, 10].first { $0 * power >= rough * 0.999 } ?? 10
        let step = factor * power
        let steps = Int((top / step - 1e-9).rounded(.up))
        let all = (0...max(steps, 1)).map { Double($0) * step }
        ticks = endsAtTick ? all : all.filter { $0 <= top }
        end = endsAtTick ? all.last ?? top : top
    }

    /// How far along the axis `value` lies, 0 to 1.
    func share(_ value: Double) -> Double { min(max(value / end, 0), 1) }

    /// Ticks as short as their step allows: `0.5`, `250`, `20k`, `1.5M`.
    func labels() -> [String] {
        let units: [(size: Double, name: String)] = [(1e9, "G"), (1e6, "M"), (1e4, "k")]
        let unit = units.first { end >= $0.size }
        let size = unit.map { $0.name == "k" ? 1e3 : $0.size } ?? 1
        let step = (ticks.dropFirst().first ?? 1) / size
        let digits = (0..<12).first { digits in
            let scaled = step * pow(10, Double(digits))
            return scaled > 0.5 && abs(scaled - scaled.rounded()) < 1e-6
        }
        return ticks.map { tick in
            tick == 0
                ? "0" : ReportFormat.number(tick / size, digits: digits ?? 0) + (unit?.name ?? "")
        }
    }
}
