import CTorch
import Foundation

extension Device {
    /// The bytes that this process can still take on the device; `nil` where it cannot be told.
    ///
    /// On Linux what the kernel calls available, or what the control group leaves, if that is less;
    /// on macOS the memory of the machine.
    public var availableMemory: Int? {
        switch self {
        case .cuda(let index):
            var (available, total) = (Int64(0), Int64(0))
            guard ct_cuda_memory(Int32(clamping: index), &available, &total) == CT_OK else {
                return nil
            }
            return Int(available)
        case .cpu:
            #if os(Linux)
            return [Self.systemMemory, Self.groupMemory].compactMap(\.self).min()
            #else
            return Int(clamping: ProcessInfo.processInfo.physicalMemory)
            #endif
        }
    }

    private static var systemMemory: Int? {
        guard let text = try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("MemAvailable:") }),
            let kilobytes = line.split(separator: " ").dropFirst().first
        else { return nil }
        return Int(kilobytes).map { $0 * 1024 }
    }

    /// What the limit of the control group (version 2, as containers have it) leaves.
    private static var groupMemory: Int? {
        func number(_ name: String) -> Int? {
            let text = try? String(contentsOfFile: "/sys/fs/cgroup/\(name)", encoding: .utf8)
            return text.flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
        }
        guard let limit = number("memory.max"), let used = number("memory.current") else {
            return nil
        }
        // What is cached of files can be taken back.
        return max(limit - used + (inactiveFileBytes ?? 0), 0)
    }

    private static var inactiveFileBytes: Int? {
        let text = try? String(contentsOfFile: "/sys/fs/cgroup/memory.stat", encoding: .utf8)
        let line = text?.split(separator: "\n").first { $0.hasPrefix("inactive_file ") }
        return line?.split(separator: " ").last.flatMap { Int($0) }
    }
}
