import Foundation

/// Numbers as reports write them; what is missing or not finite is "not measured".
enum ReportFormat {
    static let missing = "not measured"

    /// With `digits` decimals and commas between thousands.
    static func number(_ value: Double?, digits: Int = 0) -> String {
        guard let value, value.isFinite, abs(value) < 1e15 else { return missing }
        let plain = String(format: "%.\(digits)f", abs(value))
        let parts = plain.split(separator: ".", maxSplits: 1)
        var whole = String(parts[0])
        var place = whole.count - 3
        while place > 0 {
            whole.insert(",", at: whole.index(whole.startIndex, offsetBy: place))
            place -= 3
        }
        let text = parts.count > 1 ? whole + "." + parts[1] : whole
        let isZero = !plain.contains { ("1"..."9").contains($0) }
        return value < 0 && !isZero ? "−" + text : text
    }

    static func count(_ value: Int?) -> String { number(value.map(Double.init)) }

    /// Three significant digits, for numbers of any size.
    static func significant(_ value: Double?) -> String {
        guard let value, value.isFinite else { return missing }
        guard value != 0 else { return "0" }
        if abs(value) < 1e-4 { return String(format: "%.1e", value) }
        let magnitude = Int(log10(abs(value)).rounded(.down))
        return number(value, digits: max(0, 2 - magnitude))
    }

    static func percent(_ share: Double?) -> String {
        let text = number(share.map { $0 * 100 }, digits: 1)
        return text == missing ? text : text + " %"
    }

    static func seconds(_ value: Double?) -> String {
        guard let value, value.isFinite, abs(value) < 1e12 else { return missing }
        if value != 0, abs(value) < 1 { return significant(value * 1000) + " ms" }
        return significant(value) + " s"
    }

    static func bytes(_ value: Int?) -> String {
        guard let value else { return missing }
        let units: [(size: Double, name: String)] = [(1e9, "GB"), (1e6, "MB"), (1e3, "kB")]
        for unit in units where abs(Double(value)) >= unit.size {
            return significant(Double(value) / unit.size) + " " + unit.name
        }
        return count(value) + " B"
    }

    /// A number and its interval, such as `96.2 % (94.1 to 97.6)`.
    static func interval(
        _ interval: Interval?, _ format: (Double?) -> String, unit: String = ""
    ) -> String {
        guard let interval else { return missing }
        let value = format(interval.value)
        guard let ends = interval.ends else { return value }
        let bounds = [ends.lowerBound, ends.upperBound].map { bound in
            let text = format(bound)
            return text.hasSuffix(unit) ? String(text.dropLast(unit.count)) : text
        }
        return "\(value) (\(bounds[0]) to \(bounds[1]))"
    }

    static func accuracy(_ value: Interval?) -> String { interval(value, percent, unit: " %") }
    static func measure(_ value: Interval?) -> String { interval(value, significant) }
    static func ratio(_ value: Interval?) -> String { interval(value) { number($0, digits: 2) } }
    static func cosine(_ value: Interval?) -> String { interval(value) { number($0, digits: 4) } }
    /// A difference of shares, in percentage points.
    static func points(_ value: Interval?) -> String {
        interval(value) { number($0.map { $0 * 100 }, digits: 1) }
    }
}
