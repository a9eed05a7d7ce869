package import Foundation

/// The moment that `strftime_now` shows.
///
/// A prompt must not change when a run is resumed on another day, so it is given, never read from
/// the clock here.
package struct TemplateDate: Sendable, Equatable, Codable {
    package var year: Int
    /// 1 to 12
    package var month: Int
    /// 1 to 31
    package var day: Int
    package var hour = 0
    package var minute = 0
    package var second = 0

    package init(year: Int, month: Int, day: Int) {
        (self.year, self.month, self.day) = (year, month, day)
    }

    /// A moment in the calendar and time zone of this machine.
    package init(_ date: Date) {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .current
        let parts = calendar.dateComponents(
            [.year, .month, .day, .hour, .minute, .second], from: date)
        self.init(year: parts.year ?? 1970, month: parts.month ?? 1, day: parts.day ?? 1)
        hour = parts.hour ?? 0
        minute = parts.minute ?? 0
        second = parts.second ?? 0
    }

    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December",
    ]
    private static let days = [
        "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
    ]

    /// The moment as `datetime.strftime` writes it in the C locale.
    func formatted(_ format: String) throws(Invalid) -> String {
        var text = ""
        var scalars = format.unicodeScalars.makeIterator()
        while let scalar = scalars.next() {
            guard scalar == "%" else {
                text.unicodeScalars.append(scalar)
                continue
            }
            var directive = scalars.next()
            let isPadded = directive != "-"
            if !isPadded { directive = scalars.next() }
            text += try field(directive, isPadded: isPadded)
        }
        return text
    }

    private func field(_ directive: Unicode.Scalar?, isPadded: Bool) throws(Invalid) -> String {
        let number = { (value: Int, width: Int) in
            let digits = "\(value)"
            let missing = isPadded ? max(width - digits.count, 0) : 0
            return String(repeating: "0", count: missing) + digits
        }
        let monthName = Self.months[min(max(month, 1), 12) - 1]
        let dayName = Self.days[weekday]
        switch directive {
        case "Y": return number(year, 4)
        case "y": return number(year % 100, 2)
        case "m": return number(month, 2)
        case "d": return number(day, 2)
        case "e": return (isPadded && day < 10 ? " " : "") + "\(day)"
        case "H": return number(hour, 2)
        case "I": return number((hour + 11) % 12 + 1, 2)
        case "M": return number(minute, 2)
        case "S": return number(second, 2)
        case "p": return hour < 12 ? "AM" : "PM"
        case "B": return monthName
        case "b", "h": return String(monthName.prefix(3))
        case "A": return dayName
        case "a": return String(dayName.prefix(3))
        case "j": return number(dayOfYear, 3)
        case "F": return try formatted("%Y-%m-%d")
        case "T": return try formatted("%H:%M:%S")
        case "D": return try formatted("%m/%d/%y")
        case "%": return "%"
        default:
            throw Invalid(
                "strftime_now knows %Y %y %m %d %e %H %I %M %S %p %B %b %A %a %j %F %T %D, not "
                    + "%\(directive.map { String($0) } ?? "")")
        }
    }

    private var isLeapYear: Bool {
        year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
    }

    private var dayOfYear: Int {
        let lengths = [31, isLeapYear ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        return lengths.prefix(max(month, 1) - 1).reduce(day, +)
    }

    /// 0 for Sunday (Sakamoto's method).
    private var weekday: Int {
        let shifts = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4]
        let start = month < 3 ? year - 1 : year
        let sum = start + start / 4 - start / 100 + start / 400
        return abs(sum + shifts[min(max(month, 1), 12) - 1] + day) % 7
    }
}
