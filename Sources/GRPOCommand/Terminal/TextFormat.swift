import Foundation

/// Numbers as a person reads them, the same in every locale.
enum TextFormat {
    /// What stands for a number that is not finite.
    static let missing = "–"

    /// A share: `96.4 %`.
    static func percent(_ share: Double) -> String {
        share.isFinite ? String(format: "%.1f %%", share * 100) : missing
    }

    /// A whole number in groups of three digits: `1,234,567`.
    static func count(_ value: Int) -> String {
        let digits = Array(String(value.magnitude))
        let groups = stride(from: digits.count, to: 0, by: -3).map { end in
            String(digits[max(0, end - 3)..<end])
        }
        return (value < 0 ? "-" : "") + groups.reversed().joined(separator: ",")
    }

    /// A whole number in three digits: `999`, `1.23k`, `12.3k`, `1.5M`.
    static func shortCount(_ value: Int) -> String {
        scaled(Double(value), units: ["", "k", "M", "G", "T"])
    }

    /// A duration in words: `0.4 s`, `29 s`, `3 min 12 s`, `1 h 05 min`.
    static func seconds(_ seconds: Double) -> String {
        guard let whole = wholeSeconds(seconds) else { return missing }
        if seconds < 9.95 { return String(format: "%.1f s", seconds) }
        if whole < 60 { return "\(whole) s" }
        if whole < 3600 { return "\(whole / 60) min \(twoDigits(whole % 60)) s" }
        let minutes = (whole + 30) / 60
        return "\(minutes / 60) h \(twoDigits(minutes % 60)) min"
    }

    /// A duration in few columns: `0:29`, `3:12`, `1:05:12`.
    static func clock(_ seconds: Double) -> String {
        guard let whole = wholeSeconds(seconds) else { return missing }
        let (hours, minutes) = (whole / 3600, whole / 60 % 60)
        let head = hours > 0 ? "\(hours):\(twoDigits(minutes))" : "\(minutes)"
        return "\(head):\(twoDigits(whole % 60))"
    }

    /// The text with its control characters shown as pictures, such as `␛`; nothing in it moves
    /// the cursor.
    static func printable(_ text: String, keepsLines: Bool = false) -> String {
        var shown = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x09 where keepsLines, 0x0A where keepsLines: shown.append(scalar)
            case 0..<0x20: shown.append(picture(scalar.value))
            case 0x7F: shown.append("␡")
            case 0x80..<0xA0: shown.append("\u{FFFD}")
            default: shown.append(scalar)
            }
        }
        return String(shown)
    }

    private static func picture(_ control: UInt32) -> Unicode.Scalar {
        Unicode.Scalar(0x2400 + control) ?? "\u{FFFD}"
    }

    private static func twoDigits(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }

    private static func wholeSeconds(_ seconds: Double) -> Int? {
        guard seconds.isFinite, seconds >= 0 else { return nil }
        return Int(min(seconds, 1e12).rounded())
    }

    /// Three digits of a value in the largest unit that keeps it at 1 or more.
    private static func scaled(_ value: Double, units: [String]) -> String {
        var rest = value
        var unit = 0
        // 999.5 would be rounded to 1000, four digits.
        while abs(rest) >= 999.5, unit < units.count - 1 {
            rest /= 1000
            unit += 1
        }
        let decimals = unit == 0 || abs(rest) >= 99.95 ? 0 : abs(rest) >= 9.995 ? 1 : 2
        return String(format: "%.\(decimals)f", rest) + units[unit]
    }
}
