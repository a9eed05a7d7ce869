/// Mean, sample deviation and extremes; zeros where there is nothing.
struct Distribution {
    let count: Int
    let mean: Double
    /// Divisor n − 1, as TRL logs it.
    let deviation: Double
    let minimum: Double
    let maximum: Double

    init(_ values: [Double]) {
        count = values.count
        let mean = values.reduce(0, +) / Double(max(values.count, 1))
        self.mean = mean
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        deviation = values.count > 1 ? (squares / Double(values.count - 1)).squareRoot() : 0
        minimum = values.min() ?? 0
        maximum = values.max() ?? 0
    }
}

extension [Double] {
    /// The value below which a share of the values lies, with linear interpolation; −∞ of nothing.
    func quantile(_ share: Double) -> Double {
        guard !isEmpty else { return -.infinity }
        let sorted = sorted()
        let place = share * Double(count - 1)
        let below = Int(place)
        guard below + 1 < count else { return sorted[count - 1] }
        let distance = place - Double(below)
        return distance == 0
            ? sorted[below] : sorted[below] + distance * (sorted[below + 1] - sorted[below])
    }
}
