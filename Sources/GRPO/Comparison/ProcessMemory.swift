import Foundation

/// The memory of this process, in bytes, as Linux tells it; `nil` elsewhere.
enum ProcessMemory {
    /// In use now.
    static var resident: Int? { status("VmRSS") }
    /// The most that ever was.
    static var peak: Int? { status("VmHWM") }

    private static func status(_ name: String) -> Int? {
        guard let text = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("\(name):") }),
            let kilobytes = line.split(whereSeparator: { " \t".contains($0) }).dropFirst().first
        else { return nil }
        return Int(kilobytes).map { $0 * 1024 }
    }
}
